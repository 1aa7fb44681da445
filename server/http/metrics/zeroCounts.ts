import type { ScalekitGateway } from '../../scalekit/gateway.js';
import { auditTypes } from '../../store/auditTrail.js';
import type { Metrics } from './metrics.js';

const scalekitMethods: Readonly<Record<keyof ScalekitGateway, true>> = {
  listConnections: true,
  listConnectedAccounts: true,
  listAccountsOfConnection: true,
  createConnectedAccount: true,
  getAuthorizationLink: true,
  verifyConnectedAccountUser: true,
  deleteConnectedAccount: true,
  listEvents: true,
  listTools: true,
  listScopedTools: true,
  askProvider: true,
};

/** The closed sets of the subjects that count. */
export interface CountedSets {
  readonly mailResults: readonly string[];
  /** Why flows fail. */
  readonly failures: readonly string[];
}

/** Creates the counters that alerts watch at 0, so that the first event is an increase. */
export function beginAtZero({ zero }: Metrics, { mailResults, failures }: CountedSets): void {
  for (const type of auditTypes) zero('connect_audit_events_total', { type });
  for (const result of mailResults) zero('connect_mails_total', { result });
  zero('connect_webhooks_total', { type: 'unknown', result: 'refused' });
  zero('connect_flows_total', { outcome: 'started', reason: 'none' });
  zero('connect_flows_total', { outcome: 'done', reason: 'none' });
  for (const reason of failures) zero('connect_flows_total', { outcome: 'failed', reason });
  for (const method of Object.keys(scalekitMethods)) {
    zero('connect_scalekit_call_duration_seconds', { method, outcome: 'credentials' });
  }
}
