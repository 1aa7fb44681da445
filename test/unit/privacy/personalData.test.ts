import { personalData } from '../../../server/privacy/personalData.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { openTempDatabase, type TempDatabase } from '../tempDatabase.js';

let database: TempDatabase;

beforeAll(async () => {
  database = await openTempDatabase('sqlite');
});

afterAll(() => database.close());

/** What columns are called that hold something of a person. */
const suspicious =
  /identifier$|^subject$|^holder$|^key$|principal|actor|_by$|address|email|display_name|user_name|person|^detail$|^filter$/;

/** Columns that are called so and hold nothing of a person, each with the reason. */
const harmless: Readonly<Record<string, string>> = {
  'users.display_name': 'in a row of the person',
  'users.email': 'in a row of the person',
  'provider_subjects.subject': 'in a row of the person',
  'flows.principal': 'in a row of the person',
  'onboarding_sessions.display_name': 'in a row of the person',
  'outbox.to_address': 'in a row of the person',
  'declined_addresses.address': 'in a row of the person',
  'outbox.address_given': 'a yes or no',
  'audit_events.address': 'cleared with the person',
  'api_clients.may_give_address': 'a yes or no',
  'locks.holder': 'a random id of a process',
  'idempotency_keys.key': 'chosen by an API client, for a day',
};

describe('the list of what tables hold of a person', () => {
  it('names every table there is, and no other', async () => {
    const tables = await database.db.introspection.getTables();
    const names = tables.map(({ name }) => name).filter((name) => !name.startsWith('kysely'));
    expect(Object.keys(personalData).sort()).toEqual(names.sort());
  });

  it('tells of every column that may name a person', async () => {
    const tables = await database.db.introspection.getTables();
    const untold = tables.flatMap(({ name, columns }) => {
      const held = (personalData as Record<string, (typeof personalData)['users']>)[name];
      const told = new Set<string>([
        ...(held?.own === undefined ? [] : [held.own.column]),
        ...(held?.actors ?? []),
        ...(held?.passing === undefined ? [] : [held.passing.column]),
        ...(held?.momentary === undefined ? [] : [held.momentary.column]),
      ]);
      return columns
        .map((column) => column.name)
        .filter((column) => suspicious.test(column) && !told.has(column))
        .map((column) => `${name}.${column}`)
        .filter((column) => !Object.hasOwn(harmless, column));
    });
    expect(untold).toEqual([]);
    const columns = tables.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`));
    expect(columns).toEqual(expect.arrayContaining(Object.keys(harmless)));
  });
});
