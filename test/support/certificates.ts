import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './program.js';

const run = promisify(execFile);

/** An authority of certificates that nobody else trusts. */
export interface TestAuthority {
  /** A file with its certificate, in PEM. */
  readonly file: string;
  /** Signs a certificate. @param names as `DNS:localhost,IP:127.0.0.1` */
  issue(names: string, validity?: 'now' | 'past' | 'future'): Promise<TestCertificate>;
  remove(): Promise<void>;
}

/** In PEM. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

const validities = {
  now: [-1, 1],
  past: [-3, -2],
  future: [2, 3],
} as const;

const day = 24 * 3_600_000;

/** A time as openssl takes it. */
const inDays = (days: number) =>
  `${new Date(Date.now() + days * day).toISOString().replace(/[-:T]|\.\d+/g, '')}`;

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority, in a folder of its own. */
export async function makeAuthority(): Promise<TestAuthority> {
  const openssl = await findProgram('openssl', 'openssl');
  const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-authority-'));
  const at = (name: string) => path.join(folder, name);
  const [key, file] = [at('authority.key'), at('authority.pem')];
  const whose = ['-subj', '/CN=An authority of the tests', '-days', '2'];
  await run(openssl, ['req', '-x509', ...newKey, ...whose, '-keyout', key, '-out', file]);
  await writeFile(at('index.txt'), '');
  // Only `openssl ca` can choose the beginning of the validity.
  const settings = [
    '[ca]',
    'default_ca = own',
    '[own]',
    `database = ${at('index.txt')}`,
    `new_certs_dir = ${folder}`,
    'rand_serial = yes',
    'default_md = sha256',
    'policy = any',
    'unique_subject = no',
    '[any]',
    'commonName = supplied',
  ];
  let count = 0;
  return {
    file,
    async issue(names, validity = 'now') {
      count += 1;
      const [own, request, signed, config] = ['key', 'csr', 'crt', 'cnf'].map((end) =>
        at(`${count}.${end}`),
      ) as [string, string, string, string];
      const [from, until] = validities[validity];
      await writeFile(config, [...settings, '[names]', `subjectAltName = ${names}`, ''].join('\n'));
      await run(openssl, ['req', '-new', ...newKey, '-subj', '/CN=peer', '-keyout', own, '-out', request]);
      const dates = ['-startdate', inDays(from), '-enddate', inDays(until)];
      const by = ['-cert', file, '-keyfile', key, '-extensions', 'names', '-config', config];
      await run(openssl, ['ca', '-batch', '-notext', ...by, ...dates, '-in', request, '-out', signed]);
      return { key: await readFile(own, 'utf8'), cert: await readFile(signed, 'utf8') };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
