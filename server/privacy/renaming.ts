import { failureTable } from '../accounts/flow/failureCodes.js';
import { failureCodeOf } from '../accounts/flow/failures.js';
import type { Logger } from '../http/logging.js';
import type { RequestInfo } from '../http/requestInfo.js';
import { DomainError } from '../kernel/errors.js';
import type { ScalekitGateway } from '../scalekit/gateway.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { ChangeEvents } from '../store/database/changeEvents.js';
import type { Db } from '../store/database/schema.js';
import { createJob } from '../store/job.js';
import type { Locks } from '../store/locks.js';
import type { RetiredStore } from '../store/retiredStore.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import { told } from '../words/words.js';
import { cancelFlows, type OpenFlowsDeps } from './openFlows.js';
import type { PersonStore } from './personStore.js';
import { moveEvents, type RenamingRefusal, renamePerson } from './renamingStore.js';

export interface RenamingDeps extends OpenFlowsDeps {
  readonly db: Db;
  readonly gateway: Pick<ScalekitGateway, 'listConnectedAccounts'>;
  readonly person: PersonStore;
  readonly retired: RetiredStore;
  readonly tombstones: Pick<Tombstones, 'isGone'>;
  readonly events: ChangeEvents;
  readonly audit: AuditTrail;
  readonly locks: Pick<Locks, 'lease'>;
  readonly logger: Logger;
}

/** What a renaming did. */
export interface RenamingResult {
  /** The connections whose accounts at Scalekit still go by the former identifier. */
  readonly connected: readonly string[];
}

const lookEveryMs = 60_000;

/** Thrown within the transaction, so that nothing of it stays. */
class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly why: RenamingRefusal) {
    super(why);
  }
}

/** Nobody was renamed, and why. */
const refusal = (why: RenamingRefusal) =>
  new DomainError({
    code: `rename_${why}`,
    status: why === 'unknown' ? 404 : 409,
    level: 'info',
    told: told(`privacy.notRenamed.${why}`),
  });

function unreachable(cause: ScalekitError): DomainError {
  const code = failureCodeOf(cause);
  const { status, level } = failureTable[code];
  return new DomainError({ code, status, level, told: told('privacy.notRenamed.unreachable'), cause });
}

/** Gives users another identifier, which nothing does by itself. Its watch has to be started and stopped. */
export function createRenaming(deps: RenamingDeps) {
  const { db, gateway, person, retired, tombstones, events, audit } = deps;

  /** @throws DomainError when Scalekit does not answer */
  const accountsOf = (identifier: string) =>
    gateway.listConnectedAccounts(identifier).catch((error) => {
      throw error instanceof ScalekitError ? unreachable(error) : error;
    });

  /** The identifier is free again once no account goes by it. @returns whether it is */
  async function releaseIfDone(identifier: string): Promise<boolean> {
    const former = await retired.of(identifier);
    if (former === null) return false;
    if ((await gateway.listConnectedAccounts(identifier)).length > 0) return false;
    // What happened to the former accounts since.
    await moveEvents(db, identifier, former.renamedTo);
    await person.forget(identifier);
    await events.publish({ kind: 'sessions', identifier });
    return true;
  }

  return {
    /**
     * Gives a user another identifier: what is held moves in one transaction, and the former identifier is retired.
     * Accounts at Scalekit keep theirs, so the user connects anew, and the former ones wait to be disconnected.
     * @param by the key of the principal that asked for it, or `command`
     * @throws DomainError when the user is unknown, the other identifier is or was somebody, or Scalekit does not answer
     */
    async rename(from: string, to: string, by: string, info: RequestInfo): Promise<RenamingResult> {
      if (from === to) throw refusal('target_exists');
      if (await tombstones.isGone(to)) throw refusal('target_erased');
      if ((await accountsOf(to)).length > 0) throw refusal('target_exists');
      const accounts = await accountsOf(from);
      await cancelFlows(deps, from, info);
      await audit
        .recording(async ({ within, record }) => {
          const why = await renamePerson(within, from, to, Date.now());
          if (why !== null) throw new Refused(why);
          record({ type: 'user.renamed', actor: by, identifier: to, detail: from, ...info });
        })
        .catch((error) => {
          throw error instanceof Refused ? refusal(error.why) : error;
        });
      await events.publish({ kind: 'sessions', identifier: from });
      for (const identifier of [from, to]) await events.publish({ kind: 'accounts', identifier });
      // What began meanwhile.
      await cancelFlows(deps, from, info);
      if (accounts.length === 0) await releaseIfDone(from).catch(() => false);
      return { connected: accounts.map(({ connectionName }) => connectionName) };
    },

    releaseIfDone,

    /** Frees former identifiers whose accounts were disconnected, wherever that was done. */
    watch: createJob({
      name: 'retired identifiers',
      everyMs: lookEveryMs,
      lease: deps.locks.lease('retired-identifiers'),
      logger: deps.logger,
      isDue: async () => (await retired.all()).length > 0,
      async perform() {
        for (const { identifier } of await retired.all()) await releaseIfDone(identifier);
      },
    }),
  };
}
