import { canonicalIdentifier } from '../../kernel/identifier.js';
import type { Db } from '../../store/database/schema.js';

/** One spelling of an identifier, and what goes by it. */
export interface Spelling {
  readonly identifier: string;
  /** Epoch milliseconds; null when nobody signed in under it. */
  readonly lastSeenAt: number | null;
  /** The accounts at Scalekit that the directory knows. */
  readonly accounts: readonly { readonly connectionName: string; readonly state: string }[];
}

const atOnce = 400;

const inLowerCase = (identifier: string) => canonicalIdentifier(identifier, 'lower');

/** Finds identifiers that differ by case alone: here, and at Scalekit as far as the directory knows. */
export function createDoubleStore(db: Db) {
  /** Those with capitals, by their lower-case form. Only these are kept in memory. */
  async function withCapitals(): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (let last: string | undefined = ''; last !== undefined; ) {
      const rows: { identifier: string }[] = await db
        .selectFrom('users')
        .select('identifier')
        .where('identifier', '>', last)
        .orderBy('identifier')
        .limit(atOnce)
        .execute();
      for (const { identifier } of rows) {
        const lower = inLowerCase(identifier);
        if (lower !== identifier) found.set(lower, [...(found.get(lower) ?? []), identifier]);
      }
      last = rows.length < atOnce ? undefined : rows.at(-1)?.identifier;
    }
    return found;
  }

  async function spellings(identifiers: readonly string[]): Promise<Spelling[]> {
    const [users, accounts] = await Promise.all([
      db
        .selectFrom('users')
        .select(['identifier', 'lastSeenAt'])
        .where('identifier', 'in', identifiers)
        .execute(),
      db
        .selectFrom('directoryAccounts')
        .select(['identifier', 'connectionName', 'state'])
        .where('identifier', 'in', identifiers)
        .orderBy('connectionName')
        .execute(),
    ]);
    return users.map((user) => ({
      ...user,
      accounts: accounts
        .filter(({ identifier }) => identifier === user.identifier)
        .map(({ connectionName, state }) => ({ connectionName, state })),
    }));
  }

  return {
    /**
     * Each identifier that is known with capitals, by its lower-case form, with all of its spellings: several are
     * doubles.
     */
    async *all(): AsyncGenerator<{ readonly lower: string; readonly spellings: readonly Spelling[] }> {
      const groups = [...(await withCapitals())];
      // A group rarely has more than two or three spellings.
      for (let start = 0; start < groups.length; start += atOnce / 4) {
        const some = groups.slice(start, start + atOnce / 4);
        const known = await spellings(some.flatMap(([lower, capitals]) => [lower, ...capitals]));
        for (const [lower] of some) {
          yield { lower, spellings: known.filter(({ identifier }) => inLowerCase(identifier) === lower) };
        }
      }
    },
  };
}
