import { createIdentifiers, decideIdentifierCase } from '../../../server/identity/identifierCase.js';
import { canonicalIdentifier } from '../../../server/kernel/identifier.js';
import { createUserStore } from '../../../server/store/userStore.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

describe('the canonical form in lower case', () => {
  it.each([
    ['an address', 'Ada.LOVELACE@Example.COM', 'ada.lovelace@example.com'],
    ['the Kelvin sign, which Unicode makes a k', '\u212aate@example.com', '\u212aate@example.com'],
    ['a dotted capital I', '\u0130da@example.com', '\u0130da@example.com'],
    ['a capital with an accent', '\u00c9dith@example.com', '\u00c9dith@example.com'],
    ['letters of full width', '\uff21da', '\uff21da'],
  ])('folds the letters of ASCII and nothing else: %s', (_, value, canonical) => {
    expect(canonicalIdentifier(value, 'lower')).toBe(canonical);
    expect(canonicalIdentifier(value, 'as-is')).toBe(value);
  });
});

describe.each(databaseKinds)('the case of identifiers, on %s', (kind) => {
  let database: TempDatabase;
  let told: string[];
  const logger = {
    info: (_: object, message: string) => void told.push(`info: ${message}`),
    warn: (_: object, message: string) => void told.push(`warn: ${message}`),
  };

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    told = [];
  });

  afterEach(() => database.close());

  const decide = (setting: Parameters<typeof decideIdentifierCase>[1] = 'lower-when-new') =>
    decideIdentifierCase(database.db, setting, logger);
  const ada = () => createUserStore(database.db).seen('Ada@example.com', 'Ada');

  it('is lower for a new installation, and stays so once it has users', async () => {
    expect(await decide()).toBe('lower');
    await ada();
    expect(await decide()).toBe('lower');
    expect(told).toHaveLength(2);
    expect(told[0]).toContain('info: identifiers are taken in lower case');
  });

  it('stays as it is where users came before, and says what to do', async () => {
    await ada();
    expect(await decide()).toBe('as-is');
    expect(await decide()).toBe('as-is');
    expect(told[0]).toContain('warn: identifiers are taken as they are');
    expect(told[0]).toContain('OIDC_IDENTIFIER_CASE');
  });

  it('is what is set, also for an installation with users, and stays lower when the setting goes', async () => {
    await ada();
    expect([await decide(), await decide('lower'), await decide()]).toEqual(['as-is', 'lower', 'lower']);
    expect(await decide('as-is')).toBe('as-is');
  });

  it('is one for instances that start at the same time', async () => {
    expect(await Promise.all([decide(), decide(), decide()])).toEqual(['lower', 'lower', 'lower']);
  });

  it('ends the sessions under another spelling when it becomes lower, and no others', async () => {
    const session = { data: '{}', expiresAt: Date.now() + 60_000, createdAt: Date.now() };
    await database.db
      .insertInto('sessions')
      .values([
        { ...session, idHash: 'one', identifier: 'Ada@example.com' },
        { ...session, idHash: 'two', identifier: 'bob@example.com' },
        { ...session, idHash: 'three', identifier: null },
      ])
      .execute();
    await ada();
    await decide();
    await decide('lower');
    const left = await database.db.selectFrom('sessions').select('idHash').orderBy('idHash').execute();
    expect(left.map(({ idHash }) => idHash)).toEqual(['three', 'two']);
  });

  it('lets whoever looks after users mean one who is known by another spelling', async () => {
    await ada();
    const { asKnown, canonical } = createIdentifiers(database.db, 'lower');
    expect(await asKnown('Ada@example.com')).toBe('Ada@example.com');
    expect(await asKnown('BOB@example.com')).toBe('bob@example.com');
    expect(canonical('Ada@example.com')).toBe('ada@example.com');
  });
});
