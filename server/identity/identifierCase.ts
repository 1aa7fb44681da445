import type { IdentifierCaseSetting } from '../config/signInSettings.js';
import { canonicalIdentifier, type IdentifierCase } from '../kernel/identifier.js';
import type { Db } from '../store/database/schema.js';

/** Told what was decided; pino's loggers fit. */
interface IdentifierLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

const name = 'identifier_case';

async function hasUsers(db: Db): Promise<boolean> {
  return (await db.selectFrom('users').select('identifier').limit(1).executeTakeFirst()) !== undefined;
}

/** Whoever is signed in under another spelling would go on under a name that nothing else here goes by. */
async function endOtherSessions(db: Db): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where(({ eb, fn }) => eb('identifier', '<>', fn<string>('lower', ['identifier'])))
    .execute();
}

/**
 * Decides, once at each start, in which case identifiers are taken. An installation whose users came before this was
 * decided keeps theirs as they are, since with another spelling each would be a new user with nothing connected.
 */
export async function decideIdentifierCase(
  db: Db,
  setting: IdentifierCaseSetting,
  logger: IdentifierLogger,
): Promise<IdentifierCase> {
  const before = await db
    .selectFrom('installation')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  const isNew = before?.value === 'lower' || !(await hasUsers(db));
  const decided = setting === 'lower-when-new' ? (isNew ? 'lower' : 'as-is') : setting;
  if (before?.value !== decided) {
    await db
      .insertInto('installation')
      .values({ name, value: decided })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: decided }))
      .execute();
    if (decided === 'lower') await endOtherSessions(db);
  }
  const details = { identifierCase: decided };
  if (decided === 'lower') logger.info(details, 'identifiers are taken in lower case (A to Z)');
  else if (setting === 'lower-when-new')
    logger.warn(
      details,
      'identifiers are taken as they are, since this installation has users from before: look at `npm run user -- doubles`, then set OIDC_IDENTIFIER_CASE',
    );
  return decided;
}

/** How identifiers that come from outside are read. */
export function createIdentifiers(db: Db, identifierCase: IdentifierCase) {
  const canonical = (identifier: string): string => canonicalIdentifier(identifier, identifierCase);
  return {
    /** The one spelling of an identifier that this app goes by. */
    canonical,
    /**
     * For whoever looks after users, and may mean one who is known under another spelling: at Scalekit, or from before.
     * @returns what was given where somebody is known by just that, else its canonical form
     */
    async asKnown(identifier: string): Promise<string> {
      const usual = canonical(identifier);
      if (usual === identifier) return identifier;
      const known = await db
        .selectFrom('users')
        .select('identifier')
        .where('identifier', '=', identifier)
        .executeTakeFirst();
      return known?.identifier ?? usual;
    },
  };
}

export type Identifiers = ReturnType<typeof createIdentifiers>;
