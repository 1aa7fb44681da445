import { sql } from 'kysely';
import { asStored, type Db, type StoredRow } from '../store/database/schema.js';

const likeText = (text: string) => text.replace(/[\\%_]/g, '\\$&');
const contains = (column: string, text: string) =>
  sql<boolean>`${sql.ref(column)} like ${`%${likeText(text)}%`} escape '\\'`;

const rowsAtOnce = 500;

/** The spellings of an identifier in addresses, queries and JSON. */
function spellingsOf(identifier: string): string[] {
  const inQuery = new URLSearchParams({ x: identifier }).toString().slice(2);
  const inJson = JSON.stringify(identifier).slice(1, -1);
  return [...new Set([identifier, encodeURIComponent(identifier), inQuery, inJson])];
}

const isEnd = (character: string | undefined) =>
  character === undefined || /[\s/?&="',:;[\]{}()]/.test(character);

/** Whether a text names somebody: one of the spellings, with an end of a word on both sides. */
function names(text: string, spellings: readonly string[]): boolean {
  return spellings.some((spelling) => {
    for (let at = text.indexOf(spelling); at >= 0; at = text.indexOf(spelling, at + 1)) {
      if (isEnd(text[at - 1]) && isEnd(text[at + spelling.length])) return true;
    }
    return false;
  });
}

/** A text column that may name people in passing. */
export interface MentionColumn {
  readonly table: string;
  readonly key: string;
  readonly column: string;
}

/**
 * Finds the rows whose text mentions a person, and passes them to `work` in batches, by key.
 */
export async function eachMention(
  db: Db,
  { table, key, column }: MentionColumn,
  identifier: string,
  work: (keys: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const spellings = spellingsOf(identifier);
  for (let last: string | null = ''; last !== null; ) {
    const rows: StoredRow[] = await asStored(db)
      .selectFrom(table)
      .select([key, column])
      .where((is) => is.or(spellings.map((spelling) => contains(column, spelling))))
      .where(key, '>', last)
      .orderBy(key)
      .limit(rowsAtOnce)
      .execute();
    const naming = rows.filter((row) => names(String(row[column]), spellings));
    if (naming.length > 0) await work(naming.map((row) => String(row[key])));
    last = rows.length < rowsAtOnce ? null : String(rows.at(-1)?.[key]);
  }
}
