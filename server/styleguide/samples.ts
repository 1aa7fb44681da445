import type { FlowStatus } from '../accounts/flow/flow.js';
import { type Flow, newFlowId } from '../accounts/flow/flow.js';
import type { FlowView } from '../accounts/flow/flowProgress.js';
import type { AccountsAnswer } from '../accounts/list/accountReader.js';
import { Catalogue, type CatalogueEntry } from '../accounts/list/catalogue.js';
import type { OwnMarks } from '../accounts/list/ownMarks.js';
import type { AccountStatus, ConnectedAccount } from '../scalekit/gateway.js';
import { ScalekitError } from '../scalekit/scalekitError.js';

/** What the style guide shows: made up, and read by the view models of the real pages. */

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The longest title that an operator can give a connection. */
const longestTitle = 60;

const longTitleOf = ({ title }: CatalogueEntry, index: number) =>
  (index % 2 === 0
    ? `${title} of the Very Long Named Department of Everything`
    : title + 'x'.repeat(60)
  ).slice(0, longestTitle);

/** The same connections, with titles as long as they can be. */
export const withLongTitles = (catalogue: Catalogue): Catalogue =>
  new Catalogue(catalogue.all.map((entry, index) => ({ ...entry, title: longTitleOf(entry, index) })));

const statuses: readonly AccountStatus[] = [
  'pending_auth',
  'pending_verification',
  'active',
  'expired',
  'disconnected',
  'unknown',
];

function accountAt(connectionName: string, identifier: string, place: number): ConnectedAccount {
  const updatedAt = Date.now() - (place + 1) * dayMs;
  return {
    id: `ca_${place}`,
    connectionName,
    identifier,
    status: statuses[place] ?? 'active',
    updatedAt,
    lastUsedAt: updatedAt,
    tokenExpiresAt: null,
  };
}

/** One row for each state, and one that was asked for by an agent. */
export function sampleAccounts(catalogue: Catalogue, identifier: string) {
  const names = catalogue.offered.map(({ connection }) => connection.name);
  const [begun = ''] = names;
  const askedFor = names[statuses.length];
  const accounts = new Map(
    names.slice(0, statuses.length).map((name, place) => [name, accountAt(name, identifier, place)]),
  );
  if (askedFor !== undefined) accounts.set(askedFor, accountAt(askedFor, identifier, 0));
  const answer = { fresh: true, reading: { accounts, asOf: Date.now() } } as const satisfies AccountsAnswer;
  const marks: OwnMarks = { mustReconnect: new Set(), begun: new Set([begun]) };
  return { answer, marks };
}

const outage: AccountsAnswer = {
  fresh: false,
  reading: null,
  error: new ScalekitError('unreachable', 'ListConnectedAccounts'),
};

/** What is different about the flow of each sample. */
const flowChanges = {
  waiting: { status: 'open', returns: true },
  'waiting for a key': { status: 'open', returns: false },
  'waiting without news': { status: 'open', returns: true },
  'waiting to be finished': { status: 'open', returns: true, approval: 'sealed' },
  checking: { status: 'verifying', returns: true },
  connected: { status: 'done', returns: true },
  'connected and gone since': { status: 'done', returns: true },
  denied: { status: 'failed', returns: true, failure: 'consent_denied' },
  blocked: {
    status: 'failed',
    returns: true,
    failure: 'organization_blocked',
    providerError: 'AADSTS65001',
  },
  failed: { status: 'failed', returns: true, failure: 'provider_error', reference: 'K7F-2QD' },
  cancelled: { status: 'cancelled', returns: true },
  'timed out': { status: 'timed_out', returns: true, failure: 'never_returned' },
} as const satisfies Readonly<Record<string, Partial<Flow> & { readonly status: FlowStatus }>>;

export type StatusSample = keyof typeof flowChanges;

export const statusSamples = Object.keys(flowChanges) as readonly StatusSample[];

export const isStatusSample = (name: string): name is StatusSample => Object.hasOwn(flowChanges, name);

/** A flow as the sample says. */
export function sampleFlow(sample: StatusSample, identifier: string, connectionName: string): FlowView {
  const now = Date.now();
  const flow: Flow = {
    id: newFlowId(),
    sessionHash: '',
    principal: `user:${identifier}`,
    identifier,
    connectionName,
    returnTo: null,
    accountIdBefore: null,
    accountUpdatedBefore: null,
    accountActiveBefore: false,
    accountExpiredBefore: false,
    accountCreated: true,
    failure: null,
    providerError: null,
    reported: null,
    reference: null,
    createdAt: now,
    expiresAt: now + 30 * minuteMs,
    linkExpiresAt: null,
    leftAt: now,
    verifyStartedAt: null,
    verifiedAt: null,
    endedAt: null,
    approval: null,
    ...flowChanges[sample],
  };
  return {
    flow,
    answer: sample === 'waiting without news' ? outage : null,
    undone: sample === 'connected and gone since',
  };
}
