import type { AliasableExpression, Expression, SqlBool } from 'kysely';
import type { Db } from '../../store/database/schema.js';
import type { UserKey } from './userKey.js';
import type { UserPlan, UserRow, UserStream } from './userStreamStore.js';

export interface WalkOptions {
  /** A key of the plan to continue after, or null for the start. */
  readonly from: UserKey | null;
  readonly backwards: boolean;
  /** Users that are enough. */
  readonly limit: number;
}

export interface Walk {
  /** In the direction of the walk. */
  readonly keys: readonly UserKey[];
  /** Where looking stopped before there were enough and before the end, if it did. */
  readonly stoppedAt: UserKey | null;
}

/** Rows looked at in one statement, and in all for one walk, where a plan has a condition. */
const lookAtOnce = 2_000;
const lookAtMost = 6_000;

/** Whether a key can be one of this plan; a database would refuse to compare another one. */
export function isKeyOf({ streams }: UserPlan, { stream, place }: UserKey): boolean {
  return streams[stream]?.placeType === (place === null ? 'null' : typeof place);
}

/** Which rows of a stream to read. */
interface Stretch {
  /** Begins behind this key, or at the start. */
  readonly after: UserKey | null;
  /** Ends with this key, or at the end. */
  readonly until?: UserKey | null;
  readonly limit: number;
}

/** Reads one stream in one direction. */
function createReader(db: Db, stream: UserStream, number: number, backwards: boolean) {
  const down = stream.descending !== backwards;
  const direction = down ? 'desc' : 'asc';
  const hasPlace = stream.placeType !== 'null';

  function cut(
    rows: AliasableExpression<UserRow>,
    { after, until = null, limit }: Stretch,
    conditions: readonly Expression<SqlBool>[],
  ) {
    let query = db.selectFrom(rows.as('c')).select(['c.identifier', 'c.place']);
    const compared = (comparison: '<' | '<=' | '>' | '>=', { place, identifier }: UserKey) =>
      query.where((row) =>
        hasPlace
          ? row(row.refTuple('c.place', 'c.identifier'), comparison, row.tuple(place, identifier))
          : row('c.identifier', comparison, identifier),
      );
    if (after !== null) query = compared(down ? '<' : '>', after);
    if (until !== null) query = compared(down ? '>=' : '<=', until);
    for (const condition of conditions) query = query.where(condition);
    if (hasPlace) query = query.orderBy('c.place', direction);
    return query.orderBy('c.identifier', direction).limit(limit);
  }

  async function read(stretch: Stretch, conditions: readonly Expression<SqlBool>[], offset = 0) {
    // Each part is cut for itself, since PostgreSQL would sort the whole of it.
    const enough = { ...stretch, limit: stretch.limit + offset };
    const cutParts = () =>
      stream.parts
        .map((part) => db.selectFrom(cut(part, enough, conditions).as('part')).selectAll())
        .reduce((one, other) => one.unionAll(other));
    const [only, ...others] = stream.parts;
    if (only === undefined) return [];
    const query = others.length === 0 ? cut(only, stretch, conditions) : cut(cutParts(), stretch, []);
    const rows = await query.offset(offset).execute();
    return rows.map((row): UserKey => ({ ...row, stream: number }));
  }

  return {
    /** The next users who fulfil the condition, each once. */
    users: (stretch: Stretch, condition: UserPlan['condition']): Promise<UserKey[]> =>
      read(
        stretch,
        [condition, stream.once ?? null].filter((one) => one !== null),
      ),

    /** The key that is this many rows further, or null when there are fewer. */
    async ahead(after: UserKey | null, rows: number): Promise<UserKey | null> {
      const [key = null] = await read({ after, limit: 1 }, [], rows - 1);
      return key;
    },
  };
}

/** Looks at one stretch after the other, since nothing says how far apart the rows are that fulfil the condition. */
async function walkInStretches(
  reader: ReturnType<typeof createReader>,
  condition: Expression<SqlBool>,
  from: UserKey | null,
  limit: number,
): Promise<Walk> {
  const keys: UserKey[] = [];
  let place = from;
  for (let looked = 0; looked < lookAtMost; looked += lookAtOnce) {
    const end = await reader.ahead(place, lookAtOnce);
    const stretch = { after: place, until: end, limit: limit - keys.length };
    keys.push(...(await reader.users(stretch, condition)));
    if (keys.length >= limit || end === null) return { keys, stoppedAt: null };
    place = end;
  }
  return { keys, stoppedAt: place };
}

/** Goes through the users of a plan until there are enough. */
export async function walk(
  db: Db,
  { streams, condition }: UserPlan,
  { from, backwards, limit }: WalkOptions,
): Promise<Walk> {
  const numbered = streams.map((stream, number) => ({ stream, number }));
  const ahead = numbered.filter(
    ({ number }) => from === null || (backwards ? number <= from.stream : number >= from.stream),
  );
  const keys: UserKey[] = [];
  for (const { stream, number } of backwards ? ahead.reverse() : ahead) {
    const reader = createReader(db, stream, number, backwards);
    const after = number === from?.stream ? from : null;
    const left = limit - keys.length;
    const found =
      condition === null
        ? { keys: await reader.users({ after, limit: left }, null), stoppedAt: null }
        : await walkInStretches(reader, condition, after, left);
    keys.push(...found.keys);
    if (keys.length >= limit || found.stoppedAt !== null) return { keys, stoppedAt: found.stoppedAt };
  }
  return { keys, stoppedAt: null };
}
