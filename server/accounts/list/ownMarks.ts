import type { ConnectedAccount } from '../../scalekit/gateway.js';
import { isBegun } from '../flow/flow.js';
import type { FlowStore } from '../flow/flowStore.js';
import type { OwnKnowledge } from '../states.js';
import type { RequiredReconnects } from './requiredReconnects.js';

/** What this app knows of one user's accounts besides what Scalekit tells, by the names of their connections. */
export interface OwnMarks {
  readonly mustReconnect: ReadonlySet<string>;
  readonly begun: ReadonlySet<string>;
}

export const knowledgeOf = (marks: OwnMarks, connectionName: string): OwnKnowledge => ({
  mustReconnect: marks.mustReconnect.has(connectionName),
  isBegun: marks.begun.has(connectionName),
});

export function createOwnMarks(reconnects: Pick<RequiredReconnects, 'of'>, flows: Pick<FlowStore, 'latest'>) {
  return {
    /** It costs a query only where an account waits for a consent, or has to be connected anew. */
    async of(identifier: string, accounts: ReadonlyMap<string, ConnectedAccount>): Promise<OwnMarks> {
      const waiting = [...accounts.values()].filter(({ status }) => status === 'pending_auth');
      const [mustReconnect, latest] = await Promise.all([
        reconnects.of(identifier, accounts),
        flows.latest(
          waiting.length === 0 ? [] : [identifier],
          waiting.map(({ connectionName }) => connectionName),
        ),
      ]);
      const begun = latest.filter(isBegun).map(({ connectionName }) => connectionName);
      return { mustReconnect, begun: new Set(begun) };
    },
  };
}

export type ReadOwnMarks = ReturnType<typeof createOwnMarks>;
