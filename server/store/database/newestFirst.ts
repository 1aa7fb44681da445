import { expressionBuilder } from 'kysely';

/** The place of a row in a list that goes from the newest to the oldest. */
export interface PageKey {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly id: string;
}

/**
 * Whether a row comes after a place in such a list.
 * @param time the column with the time
 * @param id the column that tells rows of the same time apart
 */
export function olderThan(place: PageKey, time = 'createdAt', id = 'id') {
  const row = expressionBuilder<Readonly<Record<string, Readonly<Record<string, unknown>>>>, string>();
  return row.and([
    // It says nothing that the next does not, but an index serves it alone.
    row(time, '<=', place.at),
    row.or([row(time, '<', place.at), row(id, '<', place.id)]),
  ]);
}
