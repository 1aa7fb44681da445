import type { ChangeEvents } from '../../store/database/changeEvents.js';

/**
 * Under a second, so that a change counts within one even where nobody tells this process of it: it may be the
 * command's, or the word of it may be lost.
 */
const reuseMs = 900;

/** For a row that is not among them, which may have been made elsewhere since. It bounds the reads of guesses. */
const reuseForUnknownMs = 100;

interface Entry<Row> {
  readonly rows: Promise<ReadonlyMap<string, Row>>;
  readonly readAt: number;
}

/**
 * Rows about clients, by their ids, as they were read a moment ago. They are read all at once: an operator has a handful of clients,
 * and an id that is not among them, of which anybody can send any number, costs no read of its own.
 */
export function createRecentRows<Row extends { readonly id: string }>(
  read: () => Promise<readonly Row[]>,
  events: Pick<ChangeEvents, 'subscribe'>,
) {
  let latest: Entry<Row> | null = null;

  events.subscribe((event) => {
    if (event.kind === 'clients' || event.kind === 'missed') latest = null;
  });

  /** Requests at the same time share one read. */
  function readWithin(ms: number): Entry<Row>['rows'] {
    const now = Date.now();
    if (latest !== null && now - latest.readAt < ms) return latest.rows;
    const rows = read().then((known) => new Map(known.map((row) => [row.id, row])));
    const entry: Entry<Row> = { rows, readAt: now };
    latest = entry;
    rows.catch(() => {
      if (latest === entry) latest = null;
    });
    return rows;
  }

  return {
    async find(id: string): Promise<Row | null> {
      const known = (await readWithin(reuseMs)).get(id);
      return known ?? (await readWithin(reuseForUnknownMs)).get(id) ?? null;
    },
  };
}
