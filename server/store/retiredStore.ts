import type { ChangeEvents } from './database/changeEvents.js';
import type { Db } from './database/schema.js';

/** An identifier that was given up for another one. */
export interface RetiredIdentifier {
  readonly identifier: string;
  readonly renamedTo: string;
  /** Epoch milliseconds. */
  readonly retiredAt: number;
}

/** Under a second, so that it counts within one even where the word of a change is lost. */
const reuseMs = 900;

/** Whether an identifier was given up for another one, and accounts at Scalekit still go by it. */
export async function isRetired(db: Db, identifier: string): Promise<boolean> {
  const row = await db
    .selectFrom('retiredIdentifiers')
    .select('identifier')
    .where('identifier', '=', identifier)
    .executeTakeFirst();
  return row !== undefined;
}

/** The identifiers that were given up, as long as accounts at Scalekit go by them. There are few at a time. */
export function createRetiredStore(db: Db, events: Pick<ChangeEvents, 'subscribe'>) {
  let latest: { readonly all: Promise<ReadonlySet<string>>; readonly readAt: number } | null = null;

  // The sessions of an identifier end when it is given up.
  events.subscribe(({ kind }) => {
    if (kind === 'sessions' || kind === 'missed') latest = null;
  });

  const all = (): Promise<RetiredIdentifier[]> =>
    db.selectFrom('retiredIdentifiers').selectAll().orderBy('identifier').execute();

  return {
    all,

    /** Whether an identifier was given up, as of a moment ago: requests at the same time share one read of all. */
    async has(identifier: string): Promise<boolean> {
      const now = Date.now();
      if (latest === null || now - latest.readAt >= reuseMs) {
        const read = all().then((rows) => new Set(rows.map((row) => row.identifier)));
        const entry = { all: read, readAt: now };
        latest = entry;
        read.catch(() => {
          if (latest === entry) latest = null;
        });
      }
      return (await latest.all).has(identifier);
    },

    /** What an identifier was given up for, or null. */
    async of(identifier: string): Promise<RetiredIdentifier | null> {
      const row = await db
        .selectFrom('retiredIdentifiers')
        .selectAll()
        .where('identifier', '=', identifier)
        .executeTakeFirst();
      return row ?? null;
    },

    /** The identifiers that somebody had before, while accounts at Scalekit go by them. */
    async namesBefore(identifier: string): Promise<string[]> {
      const rows = await db
        .selectFrom('retiredIdentifiers')
        .select('identifier')
        .where('renamedTo', '=', identifier)
        .orderBy('identifier')
        .execute();
      return rows.map((row) => row.identifier);
    },
  };
}

export type RetiredStore = ReturnType<typeof createRetiredStore>;
