import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../store/database/schema.js';
import type { UserKey } from './userKey.js';
import type { UserPlan, UserStream } from './userStreamStore.js';

export interface WalkOptions {
  /** A key of the plan to go on from, or null for the start. */
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

/** Rows looked at in one statement, and in all for one walk, where the index alone does not narrow enough. */
const lookAtOnce = 2_000;
const lookAtMost = 6_000;

interface Row {
  readonly identifier: string;
  readonly place: string | number | null;
}

/** Whether a key can be one of this stream; a database would refuse to compare it otherwise. */
const belongs = ({ place }: UserStream, key: UserKey): boolean =>
  (place?.type ?? 'null') === (key.place === null ? 'null' : typeof key.place);

/** Whether a key can be one of this plan. */
export function isKeyOf({ streams }: UserPlan, key: UserKey): boolean {
  const stream = streams[key.stream];
  return stream !== undefined && belongs(stream, key);
}

type Comparison = '<' | '<=' | '>' | '>=';

function compared({ place }: UserStream, comparison: Comparison, key: UserKey): RawBuilder<unknown> {
  const operator = sql.raw(comparison);
  if (place === null || place.type === 'null') return sql`c.identifier ${operator} ${key.identifier}`;
  return sql`(${place.column}, c.identifier) ${operator} (${key.place}, ${key.identifier})`;
}

/** One stream in one direction. */
class Way {
  private readonly down: boolean;

  constructor(
    private readonly db: Db,
    private readonly stream: UserStream,
    private readonly number: number,
    backwards: boolean,
  ) {
    this.down = stream.descending !== backwards;
  }

  after(key: UserKey | null): RawBuilder<unknown>[] {
    return key === null ? [] : [compared(this.stream, this.down ? '<' : '>', key)];
  }

  until(key: UserKey | null): RawBuilder<unknown>[] {
    return key === null ? [] : [compared(this.stream, this.down ? '>=' : '<=', key)];
  }

  /** The key that is so many rows ahead, or null when there are fewer. */
  async ahead(from: UserKey | null, rows: number): Promise<UserKey | null> {
    const [key = null] = await this.select(this.conditions(this.after(from)), 1, rows - 1);
    return key;
  }

  /** The next users for whom the conditions are true, each once. */
  users(conditions: readonly RawBuilder<unknown>[], limit: number): Promise<UserKey[]> {
    const { once, parts } = this.stream;
    const all = this.conditions([...conditions, ...(once === undefined ? [] : [once])]);
    return this.select(all, limit, 0, parts);
  }

  private conditions(more: readonly RawBuilder<unknown>[]): RawBuilder<unknown>[] {
    return [...this.stream.where, ...more];
  }

  private async select(
    conditions: readonly RawBuilder<unknown>[],
    limit: number,
    offset: number,
    parts?: readonly RawBuilder<unknown>[],
  ): Promise<UserKey[]> {
    const part = (more: readonly RawBuilder<unknown>[]) =>
      this.statement([...conditions, ...more], limit, offset);
    const rows = await (parts === undefined
      ? part([])
      : this.merged(
          parts.map((one) => part([one])),
          limit,
        )
    ).execute(this.db);
    return rows.rows.map((row) => ({ ...row, stream: this.number }));
  }

  private order(): RawBuilder<unknown> {
    const { place } = this.stream;
    const direction = sql.raw(this.down ? 'desc' : 'asc');
    const columns = [...(place === null ? [] : [place.column]), sql`c.identifier`];
    return sql.join(columns.map((column) => sql`${column} ${direction}`));
  }

  private statement(
    conditions: readonly RawBuilder<unknown>[],
    limit: number,
    offset: number,
  ): RawBuilder<Row> {
    const { table, place } = this.stream;
    const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
    return sql<Row>`select c.identifier, ${place?.column ?? sql`null`} as place from ${sql.table(table)} as c
      ${where} order by ${this.order()} limit ${limit} offset ${offset}`;
  }

  /** The first of all parts. Each is cut for itself, since PostgreSQL would sort them whole. */
  private merged(parts: readonly RawBuilder<Row>[], limit: number): RawBuilder<Row> {
    const each = parts.map((part) => sql`select * from (${part}) as part`);
    return sql<Row>`select c.identifier, c.place from (${sql.join(each, sql` union all `)}) as c
      order by ${this.order()} limit ${limit}`;
  }
}

/** Looks at a stretch of a stream at a time, since nothing says how far apart those are that are wanted. */
async function walkInStretches(
  way: Way,
  rest: readonly RawBuilder<unknown>[],
  from: UserKey | null,
  limit: number,
): Promise<Walk> {
  const keys: UserKey[] = [];
  let place = from;
  for (let looked = 0; looked < lookAtMost; looked += lookAtOnce) {
    const end = await way.ahead(place, lookAtOnce);
    keys.push(...(await way.users([...way.after(place), ...way.until(end), ...rest], limit - keys.length)));
    if (keys.length >= limit || end === null) return { keys, stoppedAt: null };
    place = end;
  }
  return { keys, stoppedAt: place };
}

/** Goes through the users of a plan until there are enough. */
export async function walk(
  db: Db,
  { streams, rest }: UserPlan,
  { from, backwards, limit }: WalkOptions,
): Promise<Walk> {
  const numbered = streams.map((stream, number) => ({ stream, number }));
  const ahead = numbered.filter(
    ({ number }) => from === null || (backwards ? number <= from.stream : number >= from.stream),
  );
  const keys: UserKey[] = [];
  for (const { stream, number } of backwards ? ahead.reverse() : ahead) {
    const way = new Way(db, stream, number, backwards);
    const start = number === from?.stream ? from : null;
    const left = limit - keys.length;
    const found =
      rest.length > 0
        ? await walkInStretches(way, rest, start, left)
        : { keys: await way.users(way.after(start), left), stoppedAt: null };
    keys.push(...found.keys);
    if (keys.length >= limit || found.stoppedAt !== null) return { keys, stoppedAt: found.stoppedAt };
  }
  return { keys, stoppedAt: null };
}
