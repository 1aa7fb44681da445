import { createServer } from 'node:net';
import { readConfig } from '../../../server/config/config.js';
import { openDatabase } from '../../../server/store/database/openDatabase.js';
import { makeAuthority } from '../../support/certificates.js';
import { freePort } from '../../support/freePort.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { findPostgres } from '../../support/postgres.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { type PostgresServer, startPostgres } from '../../support/postgresServer.js';
import { startTlsBeforePostgres, type TlsBeforePostgres } from '../../support/tlsBeforePostgres.js';
import { silent } from '../../unit/tempDatabase.js';

let postgres: PostgresDatabase;
let tls: TlsBeforePostgres;

/** A server that encrypts by itself, as those of Neon and of most operators do. */
let own: PostgresServer;

beforeAll(async () => {
  const authority = await makeAuthority();
  own = await startPostgres(await findPostgres(), await authority.issue('DNS:localhost'));
  await authority.remove();
  postgres = await createPostgresDatabase();
  tls = await startTlsBeforePostgres(postgres.url);
});

afterAll(async () => {
  await tls.close();
  await postgres.drop();
  await own.close();
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

  it('says what to do about a file that is not there', async () => {
    const message = await opening('localhost', 'sslmode=verify-full&sslrootcert=/nowhere/ca.pem');
    expect(message).toContain('sslrootcert in it names /nowhere/ca.pem, which is not there; in a container');
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
    ['ssl=false', 'DATABASE_URL must have sslmode in place of ssl, or ssl=true'],
    ['ssl=off', 'DATABASE_URL must have sslmode in place of ssl, or ssl=true'],
    [
      'sslmode=require&channel_binding=always',
      'DATABASE_URL must have a channel_binding of disable, prefer, require',
    ],
    [
      'channel_binding=require',
      'DATABASE_URL needs an encrypted connection for channel_binding=require, as with sslmode=require',
    ],
  ])('is a fault where it promises nothing: %s', (query, words) => {
    expect(() => readConfig({ DATABASE_URL: `postgres://a:b@localhost/c?${query}` })).toThrow(words);
  });
});

describe('channel_binding in the URL of a database', () => {
  /** @returns what is said against a database, or `opens` */
  async function signingIn(serverUrl: string, query: string): Promise<string> {
    const databaseUrl = Object.assign(new URL(serverUrl), { search: query }).href;
    try {
      const database = await openDatabase({ dataDir: '', databaseUrl }, silent);
      await database.close();
      return 'opens';
    } catch (error) {
      return (error as Error).message;
    }
  }

  it.each(['require', 'prefer', 'disable'])(
    '%s opens where the server encrypts by itself',
    async (wanted) => {
      const found = await signingIn(own.url, `sslmode=require&channel_binding=${wanted}`);
      expect(found).toBe('opens');
    },
  );

  it('required, it refuses what somebody in between has decrypted', async () => {
    const through = tls.url(postgres.url, 'localhost', '');
    expect(await signingIn(through, 'sslmode=require&channel_binding=prefer')).toBe('opens');
    expect(await signingIn(through, 'sslmode=require&channel_binding=require')).toMatch(
      /The server offers no channel binding, which channel_binding=require in DATABASE_URL asks for\.$/,
    );
  });

  // The messages AuthenticationOk, AuthenticationCleartextPassword and AuthenticationMD5Password (PostgreSQL, 55.7).
  it.each([
    ['lets everybody in', [0]],
    ['asks for the password', [3]],
    ['asks for a hash of the password', [5, 1]],
  ])('required, it tells nothing to a server that %s', async (_, words) => {
    const request = Buffer.alloc(5 + 4 * words.length, 'R');
    [4 + 4 * words.length, ...words].forEach((word, index) => void request.writeInt32BE(word, 1 + 4 * index));
    let told = '';
    const attacker = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.on('data', (data) => {
          told += data.toString('latin1');
        });
        socket.write(request);
        if (words[0] === 0) socket.write('Z\0\0\0\x05I');
      });
    });
    const port = await freePort();
    attacker.listen(port);
    const url = `postgres://tests:secret@127.0.0.1:${port}/postgres`;
    const front = await startTlsBeforePostgres(url);

    const asked = front.url(url, 'localhost', '');
    expect(await signingIn(asked, 'sslmode=require&channel_binding=require')).toContain('DATABASE_URL leads');
    // That it goes is all that it may say.
    expect(told.replaceAll('X\0\0\0\x04', '')).toBe('');
    // The attack reaches a client that asks for no proof.
    await signingIn(asked, 'sslmode=require&channel_binding=prefer');
    expect(told).toMatch({ 0: /select/, 3: /secret/, 5: /md5/ }[words[0] ?? 0] ?? '');
    await front.close();
    attacker.close();
  });
});
