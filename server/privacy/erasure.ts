import { randomBytes } from 'node:crypto';
import { failureTable } from '../accounts/flow/failureCodes.js';
import { failureCodeOf } from '../accounts/flow/failures.js';
import type { FlowEnding } from '../accounts/flow/flowEnding.js';
import type { FlowStore } from '../accounts/flow/flowStore.js';
import type { CatalogueReader } from '../accounts/list/catalogue.js';
import { readConnectionNames } from '../accounts/list/connectionNames.js';
import type { RequestInfo } from '../http/requestInfo.js';
import { DomainError } from '../kernel/errors.js';
import type { ScalekitGateway } from '../scalekit/gateway.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { ChangeEvents } from '../store/database/changeEvents.js';
import type { RetiredStore } from '../store/retiredStore.js';
import type { SessionStore } from '../store/sessionStore.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import { listText } from '../words/formats.js';
import { type Told, type Translate, told, type Words } from '../words/words.js';
import { cancelFlows } from './openFlows.js';
import { principalKeyOf } from './personalData.js';
import type { PersonStore, RowCounts } from './personStore.js';

/** What an erasure did. Doing it again does what is left. */
export interface ErasureResult {
  /** The connections that were disconnected at Scalekit. */
  readonly disconnected: readonly string[];
  readonly flowsCancelled: number;
  readonly sessionsEnded: number;
  /** How many rows of each table were deleted; in the audit trail a pseudonym took the person's place. */
  readonly erased: RowCounts;
}

export interface ErasureDeps {
  readonly gateway: Pick<ScalekitGateway, 'listConnectedAccounts' | 'deleteConnectedAccount'>;
  readonly catalogue: CatalogueReader;
  readonly flows: Pick<FlowStore, 'unended'>;
  readonly ending: Pick<FlowEnding, 'end' | 'withPair'>;
  readonly sessionStore: Pick<SessionStore, 'destroyAllOf'>;
  readonly events: ChangeEvents;
  readonly audit: AuditTrail;
  readonly tombstones: Tombstones;
  readonly person: PersonStore;
  readonly retired: Pick<RetiredStore, 'namesBefore'>;
}

/** What an erasure did, in words. @param disconnected what the connections are called */
export function erasedSentence(t: Translate, done: ErasureResult, disconnected: readonly string[]): string {
  return t('privacy.erased', {
    disconnected: disconnected.length === 0 ? t('privacy.nothing') : listText(t, disconnected),
    flows: done.flowsCancelled,
    sessions: done.sessionsEnded,
    records: Object.values(done.erased).reduce((sum, count) => sum + count, 0),
  });
}

/** What several erasures did. */
function together(results: readonly ErasureResult[]): ErasureResult {
  const erased: Record<string, number> = {};
  for (const result of results) {
    for (const [table, count] of Object.entries(result.erased)) erased[table] = (erased[table] ?? 0) + count;
  }
  const sum = (countOf: (result: ErasureResult) => number) =>
    results.reduce((total, result) => total + countOf(result), 0);
  return {
    disconnected: [...new Set(results.flatMap((result) => result.disconnected))],
    flowsCancelled: sum((result) => result.flowsCancelled),
    sessionsEnded: sum((result) => result.sessionsEnded),
    erased,
  };
}

/** When accounts reappear after this many rounds, something keeps creating them. */
const mostRounds = 5;

/** While the erasure goes on, the tombstone lies in the future, so that no news of the user is taken in. */
const underWayMs = 60_000;

function toldOf(disconnected: readonly string[]): Told {
  const { heading, detail } = told('privacy.notErased');
  if (disconnected.length === 0) return { heading, detail };
  const soFar: Words = (t) => t('privacy.notErased.soFar', { disconnected: listText(t, disconnected) });
  return { heading, detail: (t) => `${detail(t)}\n${soFar(t)}` };
}

/** Nothing was erased, because Scalekit failed to disconnect all accounts. @param disconnected titles */
function notErased(error: ScalekitError, disconnected: readonly string[]): DomainError {
  const code = failureCodeOf(error);
  const { status, level } = failureTable[code];
  return new DomainError({ code, status, level, told: toldOf(disconnected), cause: error });
}

const accountsComeBack = () =>
  new DomainError({ code: 'accounts_come_back', status: 409, level: 'warn', told: told('privacy.comeBack') });

/**
 * Erases a person.
 * @param requestedBy the key of the principal that asked for it, or `command`
 * @throws DomainError when Scalekit did not answer: nothing is erased then, though some accounts may be disconnected
 */
export type EraseUser = (
  identifier: string,
  requestedBy: string,
  info: RequestInfo,
) => Promise<ErasureResult>;

export function createErasure(deps: ErasureDeps): EraseUser {
  const { gateway, ending, sessionStore, events, audit, tombstones, person, retired } = deps;

  async function deleteAccount(connectionName: string, identifier: string): Promise<void> {
    await ending.withPair(identifier, connectionName, () =>
      gateway.deleteConnectedAccount({ connectionName, identifier }).catch((error) => {
        if (!(error instanceof ScalekitError && error.kind === 'not_found')) throw error;
      }),
    );
  }

  /** Repeats until a listing shows no account: an earlier request may create one meanwhile. */
  async function disconnectAll(identifier: string, disconnected: Set<string>): Promise<void> {
    for (let round = 0; round < mostRounds; round += 1) {
      const accounts = await gateway.listConnectedAccounts(identifier);
      if (accounts.length === 0) return;
      for (const { connectionName } of accounts) {
        await deleteAccount(connectionName, identifier);
        disconnected.add(connectionName);
      }
    }
    throw accountsComeBack();
  }

  async function endSessions(identifier: string): Promise<number> {
    const count = await person.countSessions(identifier);
    await sessionStore.destroyAllOf(identifier);
    await events.publish({ kind: 'sessions', identifier });
    return count;
  }

  const eraseOne: EraseUser = async (identifier, requestedBy, info) => {
    const disconnected = new Set<string>();
    try {
      await disconnectAll(identifier, disconnected);
      await tombstones.put(identifier, Date.now() + underWayMs);
      const flowsCancelled = await cancelFlows(deps, identifier, info);
      const sessionsEnded = await endSessions(identifier);
      // The user may have started another connection meanwhile.
      await disconnectAll(identifier, disconnected);
      const pseudonym = `erased-${randomBytes(6).toString('hex')}`;
      const erased = await person.erase(identifier, pseudonym, Date.now());
      await events.publish({ kind: 'accounts', identifier });
      const isOwn = requestedBy === principalKeyOf(identifier);
      const actor = isOwn ? principalKeyOf(pseudonym) : requestedBy;
      const { reference, address } = info;
      await audit.record({
        type: 'user.erased',
        actor,
        detail: pseudonym,
        reference,
        address: isOwn ? null : address,
      });
      return { disconnected: [...disconnected], flowsCancelled, sessionsEnded, erased };
    } catch (error) {
      if (!(error instanceof ScalekitError)) throw error;
      const { titleOf } = await readConnectionNames(deps.catalogue);
      throw notErased(error, [...disconnected].map(titleOf));
    }
  };

  return async (identifier, requestedBy, info) => {
    const results: ErasureResult[] = [];
    // Accounts that still go by a name that was given up are this person's as well.
    for (const name of [...(await retired.namesBefore(identifier)), identifier]) {
      results.push(await eraseOne(name, requestedBy, info));
    }
    return together(results);
  };
}
