import { sql } from 'kysely';
import { asStored, type Db, type StoredRow } from '../store/database/schema.js';

const likeText = (text: string) => text.replace(/[\\%_]/g, '\\$&');
const contains = (column: string, text: string) =>
  sql<boolean>`${sql.ref(column)} like ${`%${likeText(text)}%`} escape '\\'`;

const rowsAtOnce = 500;

/** The spellings of an identifier in texts, addresses, queries and JSON, each with the same one of another identifier. */
const spellingPairs = (from: string, to: string): (readonly [string, string])[] => {
  const inQuery = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
  return [String, inJson, encodeURIComponent, inQuery].map((spell) => [spell(from), spell(to)]);
};

const spellingsOf = (identifier: string): string[] => [
  ...new Set(spellingPairs(identifier, identifier).map(([spelling]) => spelling)),
];

const isEnd = (character: string | undefined) =>
  character === undefined || /[\s/?&="',:;[\]{}()]/.test(character);

/** The texts in JSON. What it is made of besides, such as keys and `null`, names nobody, whatever it reads like. */
function textsIn(json: string): string[] {
  const texts: string[] = [];
  JSON.parse(json, (_key, value) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts;
}

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
  /** Whether its text is JSON. */
  readonly isJson?: boolean;
}

/**
 * Finds the rows whose text mentions a person, and passes them to `work` in batches, by key.
 */
export async function eachMention(
  db: Db,
  { table, key, column, isJson = false }: MentionColumn,
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
    const naming = rows.filter((row) => {
      const text = String(row[column]);
      return isJson ? textsIn(text).some((one) => names(one, spellings)) : names(text, spellings);
    });
    if (naming.length > 0) await work(naming.map((row) => String(row[key])));
    last = rows.length < rowsAtOnce ? null : String(rows.at(-1)?.[key]);
  }
}

/** A text with another name in place of somebody's, where it stands as a word of its own. */
function renamedIn(text: string, from: string, to: string): string {
  let renamed = '';
  for (let at = 0; at < text.length; ) {
    const found = spellingPairs(from, to).find(
      ([old]) => text.startsWith(old, at) && isEnd(text[at - 1]) && isEnd(text[at + old.length]),
    );
    renamed += found === undefined ? text[at] : found[1];
    at += found === undefined ? 1 : found[0].length;
  }
  return renamed;
}

const renamedInJson = (json: string, from: string, to: string): string =>
  JSON.stringify(
    JSON.parse(json, (_key, value) => (typeof value === 'string' ? renamedIn(value, from, to) : value)),
  );

/** Puts another name in place of a person's wherever a text mentions them. */
export async function replaceMentions(
  db: Db,
  passing: MentionColumn,
  from: string,
  to: string,
): Promise<void> {
  const { table, key, column, isJson } = passing;
  const renamed = isJson ? renamedInJson : renamedIn;
  await eachMention(db, passing, from, async (keys) => {
    const rows = await asStored(db).selectFrom(table).select([key, column]).where(key, 'in', keys).execute();
    for (const row of rows) {
      await asStored(db)
        .updateTable(table)
        .set({ [column]: renamed(String(row[column]), from, to) })
        .where(key, '=', row[key])
        .execute();
    }
  });
}
