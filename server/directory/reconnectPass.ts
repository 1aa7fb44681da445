import type { Logger } from '../http/logging.js';
import type { ChangeEvents } from '../store/database/changeEvents.js';
import { createJob, inSteps, type Job } from '../store/job.js';
import type { Lease } from '../store/locks.js';
import type { DirectoryStore } from './directoryStore.js';
import type { PendingRequirement, ReconnectPassStore } from './reconnectPassStore.js';

export interface ReconnectPassDeps {
  readonly store: ReconnectPassStore;
  readonly directory: Pick<DirectoryStore, 'restate'>;
  readonly events: Pick<ChangeEvents, 'subscribe'>;
  readonly lease: Lease;
  readonly logger: Logger;
}

/** The pause between two pages of the projection, in milliseconds, so that others get to write. */
const pauseMs = 20;
const lookEveryMs = 5000;

const isSame = (one: PendingRequirement, other: PendingRequirement): boolean =>
  one.connectionName === other.connectionName &&
  one.requiredAt === other.requiredAt &&
  one.withdrawnAt === other.withdrawnAt;

/** Brings the projection in line with what has to be connected anew, page by page. */
export function createReconnectPass(deps: ReconnectPassDeps): Job {
  const { store, directory, events, lease, logger } = deps;
  let current: { readonly requirement: PendingRequirement; readonly after: string } | null = null;

  const job = createJob({
    name: 'required reconnects',
    everyMs: lookEveryMs,
    lease,
    logger,
    isDue: async () => (await store.pending()) !== null,
    perform: inSteps(async () => {
      const requirement = await store.pending();
      if (requirement === null) return null;
      const after = current !== null && isSame(current.requirement, requirement) ? current.after : '';
      const next = await directory.restate(requirement.connectionName, after);
      current = next === null ? null : { requirement, after: next };
      if (next === null) await store.applied(requirement);
      return pauseMs;
    }),
  });
  events.subscribe(({ kind }) => {
    if (kind === 'requirements') job.wake();
  });
  return job;
}
