import { readConfig } from '../../../server/config/config.js';
import { openDatabase } from '../../../server/store/database/openDatabase.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { startTlsBeforePostgres, type TlsBeforePostgres } from '../../support/tlsBeforePostgres.js';
import { silent } from '../../unit/tempDatabase.js';

let postgres: PostgresDatabase;
let tls: TlsBeforePostgres;

beforeAll(async () => {
  postgres = await createPostgresDatabase();
  tls = await startTlsBeforePostgres(postgres.url);
});

afterAll(async () => {
  await tls.close();
  await postgres.drop();
});

/** Starts on a database whose URL ends so. @returns what is said against it, or `opens` */
async function opening(host: string, query: string): Promise<string> {
  const databaseUrl = tls.url(postgres.url, host, query.replace('FILE', encodeURIComponent(tls.authorities)));
  try {
    const database = await openDatabase({ dataDir: '', databaseUrl }, silent);
    await database.close();
    return 'opens';
  } catch (error) {
    return (error as Error).message.replaceAll(new URL(databaseUrl).host, 'HOST');
  }
}

describe('sslmode in the URL of a database', () => {
  it.each([
    ['localhost', 'sslmode=require'],
    ['127.0.0.1', 'sslmode=require'],
    ['localhost', 'sslmode=require&channel_binding=prefer'],
    ['localhost', 'sslmode=no-verify'],
    ['localhost', 'sslmode=verify-full&sslrootcert=FILE'],
    ['127.0.0.1', 'sslmode=verify-ca&sslrootcert=FILE'],
    ['127.0.0.1', 'sslmode=require&sslrootcert=FILE'],
  ])('means what it means to psql: at %s, %s opens', async (host, query) => {
    expect(await opening(host, query)).toBe('opens');
  });

  it.each([
    ['localhost', 'sslmode=verify-full', 'has a certificate of an authority that is not trusted here'],
    [
      'localhost',
      'sslmode=verify-full&sslrootcert=system',
      'has a certificate of an authority that is not trusted here',
    ],
    ['localhost', 'ssl=true', 'has a certificate of an authority that is not trusted here'],
    ['127.0.0.1', 'sslmode=verify-full&sslrootcert=FILE', 'has a certificate that does not name 127.0.0.1'],
  ])('verifies where it says so: at %s, %s', async (host, query, words) => {
    expect(await opening(host, query)).toContain(
      `DATABASE_URL leads to PostgreSQL at HOST${new URL(postgres.url).pathname}: it ${words}`,
    );
  });

  it.each([
    [
      'sslmode=prefer',
      'DATABASE_URL must have an sslmode of disable, require, verify-ca, verify-full, no-verify',
    ],
    [
      'sslmode=verify-ca',
      'DATABASE_URL needs sslrootcert, a file with the certificate of the authority, for sslmode=verify-ca',
    ],
  ])('is a fault where it promises nothing: %s', (query, words) => {
    expect(() => readConfig({ DATABASE_URL: `postgres://a:b@localhost/c?${query}` })).toThrow(words);
  });
});
