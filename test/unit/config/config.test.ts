import { readFileSync } from 'node:fs';
import { ConfigError, readConfig } from '../../../server/config/config.js';
import { variableNames } from '../../../server/config/environment.js';
import { attacks, describe, expect, it } from '../../support/jest.js';
import { type Env, faultsOf, faultyNames } from './configFaults.js';

const secret = 'a-secret-that-is-long-enough-0123456789';

const scalekit: Env = {
  SCALEKIT_ENVIRONMENT_URL: 'https://acme.scalekit.dev',
  SCALEKIT_CLIENT_ID: 'skc_1',
  SCALEKIT_CLIENT_SECRET: 'sk-very-secret',
};

const production: Env = {
  ...scalekit,
  NODE_ENV: 'production',
  HOST: '0.0.0.0',
  PUBLIC_URL: 'https://connect.example.com',
  SESSION_SECRET: secret,
  TRUST_PROXY: '1',
};

describe('the configuration of a bare development machine', () => {
  it('has every default', () => {
    expect(readConfig({})).toEqual({
      production: false,
      host: '127.0.0.1',
      identifierCase: 'as-is',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      loopback: true,
      sessionSecrets: [],
      signIn: { mode: 'development' },
      roles: { adminIdentifiers: [], viewerIdentifiers: [], claim: null },
      sessionLimits: { idleMs: 720 * 60_000, maxMs: 168 * 3_600_000 },
      sessionEndsWithBrowser: false,
      drainMs: 0,
      dataDir: 'data',
      databaseUrl: null,
      scalekit: null,
      sandbox: { port: 3001, clientId: 'sandbox', clientSecret: 'sandbox' },
      webhookAllowCidrs: [],
      webhookSecrets: [],
      mail: { smtp: null, graceMs: 15 * 60_000 },
      retention: { eventsMs: 400 * 24 * 3_600_000, usersMs: 400 * 24 * 3_600_000 },
      directorySync: { parallel: 4, everyMs: 24 * 3_600_000 },
      scalekitTimeoutMs: 4000,
      userVerification: 'custom',
      accountIdentity: true,
      trustProxy: false,
      metrics: { tokens: [], listener: null },
      logLevel: 'info',
      connectionsFile: null,
      defaultLanguage: 'en',
      brandFile: null,
      rateLimits: {
        connectPerMinute: 20,
        signInPerMinute: 30,
        onboardingPerMinute: 300,
        apiPerMinute: 6000,
        apiFailuresPerMinute: 30,
      },
    });
  });

  it('takes an empty or blank variable as one that is not set', () => {
    expect(readConfig({ PORT: '', SESSION_SECRET: '  ', SCALEKIT_CLIENT_ID: '' })).toEqual(readConfig({}));
  });

  it('derives the public URL from the port', () => {
    expect(readConfig({ PORT: '4123' }).publicUrl).toBe('http://localhost:4123');
  });

  it.each([
    ['http://localhost', 'http://localhost'],
    ['http://LOCALHOST:80/', 'http://localhost'],
    ['http://localhost/Tools', 'http://localhost/Tools'],
    ['http://localhost/metrics/tools', 'http://localhost/metrics/tools'],
    ['http://localhost:3000/tools/connect-accounts_2/', 'http://localhost:3000/tools/connect-accounts_2'],
  ])('takes the public URL %s with its path and without a slash at the end', (given, taken) => {
    expect(readConfig({ PUBLIC_URL: given }).publicUrl).toBe(taken);
  });

  it('is frozen all the way down', () => {
    const config = readConfig(production);
    for (const part of [config, config.sandbox, config.scalekit, config.rateLimits]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe('single values', () => {
  it.each([
    ['PORT', '70000'],
    ['PORT', '-1'],
    ['PORT', '80a'],
    ['PORT', '1e3'],
    ['SANDBOX_PORT', 'x'],
    ['HOST', 'a host'],
    ['PUBLIC_URL', 'connect.example.com'],
    ['PUBLIC_URL', 'http://localhost/a//b'],
    ['PUBLIC_URL', 'http://localhost/a/../b'],
    ['PUBLIC_URL', 'http://localhost/a.b'],
    ['PUBLIC_URL', 'http://localhost/a%20b'],
    ['PUBLIC_URL', 'http://localhost/a;b'],
    ['PUBLIC_URL', 'http://localhost/healthz'],
    ['PUBLIC_URL', 'http://localhost/Readyz/'],
    ['PUBLIC_URL', 'http://localhost/metrics'],
    ['PUBLIC_URL', 'http://localhost\\a'],
    ['PUBLIC_URL', `http://localhost/${'a'.repeat(100)}`],
    ['PUBLIC_URL', 'http://localhost/a?b'],
    ['PUBLIC_URL', 'http://localhost/a#b'],
    ['PUBLIC_URL', 'https://user:pass@connect.example.com'],
    ['PUBLIC_URL', 'https://:pass@connect.example.com'],
    ['PUBLIC_URL', 'ftp://connect.example.com'],
    ['PUBLIC_URL', 'javascript:alert(1)'],
    ['SESSION_SECRET', 'too-short'],
    ['SESSION_SECRET', `${'a'.repeat(32)},short`],
    ['SESSION_SECRET', `${'a'.repeat(32)},`],
    ['METRICS_TOKEN', 'too-short'],
    ['METRICS_PORT', '0'],
    ['DATABASE_URL', 'mysql://ada:secret@db.example.com/connect'],
    ['DATABASE_URL', 'postgres://ada:sec#ret@db.example.com/connect'],
    ['DATABASE_URL', 'postgres://db.example.com'],
    ['DATABASE_URL', 'postgres://db.example.com/'],
    ['DATABASE_URL', 'postgres:///connect'],
    ['DATABASE_URL', 'db.example.com/connect'],
    ['SCALEKIT_WEBHOOK_SECRETS', 'secret'],
    ['SCALEKIT_WEBHOOK_SECRETS', 'whsec_'],
    ['SCALEKIT_WEBHOOK_SECRETS', 'whsec_c2hvcnQ='],
    ['SCALEKIT_WEBHOOK_SECRETS', `whsec_${'-_'.repeat(20)}`],
    ['SCALEKIT_WEBHOOK_SECRETS', `whsec_${'QUJD'.repeat(8)},`],
    ['SCALEKIT_TIMEOUT_MS', '50'],
    ['SCALEKIT_TIMEOUT_MS', '60000'],
    ['USER_VERIFICATION', 'none'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', 'example.com'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.0/8/8'],
    ['LOG_LEVEL', 'loud'],
    ['PRODUCT_NAME', 'Acme'],
    ['OPERATOR_LOGO_FILE', 'logo.svg'],
    ['DEFAULT_LANGUAGE', 'tlh'],
    ['SESSION_ENDS_WITH_BROWSER', 'yes'],
    ['RATE_LIMIT_CONNECT_PER_MINUTE', '0'],
    ['RATE_LIMIT_SIGN_IN_PER_MINUTE', '0'],
    ['RATE_LIMIT_ONBOARDING_PER_MINUTE', '0'],
  ])('refuses %s=%s', (name, value) => {
    expect(faultyNames({ [name]: value })).toEqual([name]);
  });

  it.each([
    'http://acme.scalekit.dev',
    'https://user@acme.scalekit.dev',
    'https://acme.scalekit.dev/?x=1',
    'acme',
  ])('refuses %s as the environment URL', (url) => {
    expect(faultyNames({ ...scalekit, SCALEKIT_ENVIRONMENT_URL: url })).toEqual(['SCALEKIT_ENVIRONMENT_URL']);
  });

  it.each([
    ['0', false],
    ['false', false],
    ['2', 2],
    ['loopback, 10.0.0.0/8', ['loopback', '10.0.0.0/8']],
    ['::1/128', ['::1/128']],
  ])('reads TRUST_PROXY=%s', (value, expected) => {
    expect(readConfig({ TRUST_PROXY: value }).trustProxy).toEqual(expected);
  });

  it.each([
    'postgres://ada:s%23cret@db.example.com:5433/connect?sslmode=verify-full',
    'postgresql://db.example.com/connect',
    'postgres:///connect?host=/var/run/postgresql',
  ])('takes %s as the database', (url) => {
    expect(readConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  it('takes several webhook secrets, so that one can be rotated', () => {
    const secrets = [`whsec_${'QUJD'.repeat(8)}`, `whsec_${'REVG'.repeat(10)}RA==`];
    expect(readConfig({ SCALEKIT_WEBHOOK_SECRETS: secrets.join(', ') }).webhookSecrets).toEqual(secrets);
  });

  it('takes networks that webhooks to other apps may go to', () => {
    const given = { WEBHOOK_ALLOW_CIDRS: '10.1.0.0/16, fd12:3456::/32' };
    expect(readConfig(given).webhookAllowCidrs).toEqual(['10.1.0.0/16', 'fd12:3456::/32']);
    for (const wrong of ['10.1.0.0', '10.0.0.0/33', 'internal', '10.1.0.0/16;10.2.0.0/16']) {
      expect(faultyNames({ WEBHOOK_ALLOW_CIDRS: wrong })).toEqual(['WEBHOOK_ALLOW_CIDRS']);
    }
  });

  it('takes a plain http environment on loopback', () => {
    const env = { ...scalekit, SCALEKIT_ENVIRONMENT_URL: 'http://127.0.0.1:3001/' };
    expect(readConfig(env).scalekit?.environmentUrl).toBe('http://127.0.0.1:3001');
  });
});

describe('values that do not go together', () => {
  it('asks for all of the Scalekit variables when one is given', () => {
    const faults = faultsOf({ SCALEKIT_CLIENT_SECRET: 'sk-very-secret' });
    expect(faults).toHaveLength(2);
    expect(faults.join('\n')).toContain(
      'SCALEKIT_ENVIRONMENT_URL is required together with SCALEKIT_CLIENT_SECRET',
    );
  });

  it('asks for the others also when the one that is given is faulty', () => {
    expect(faultyNames({ SCALEKIT_ENVIRONMENT_URL: 'ftp://acme' }).sort()).toEqual([
      'SCALEKIT_CLIENT_ID',
      'SCALEKIT_CLIENT_SECRET',
      'SCALEKIT_ENVIRONMENT_URL',
    ]);
  });

  it.each([
    ['a listening address', { HOST: '0.0.0.0' }],
    ['a public URL', { PUBLIC_URL: 'https://connect.example.com' }],
  ])('has no sandbox and counts as production with %s off loopback, whatever NODE_ENV says', (_, part) => {
    attacks('sandbox-on-loopback');
    const config = readConfig({ ...production, NODE_ENV: 'development', ...part });
    expect(config).toMatchObject({ loopback: false, production: true });
    const bare = faultyNames({ NODE_ENV: 'development', ...part });
    expect(bare).toEqual(expect.arrayContaining([...Object.keys(scalekit), 'SESSION_SECRET']));
  });

  it('refuses https without TRUST_PROXY, in development too', () => {
    attacks('safe-start');
    expect(faultyNames({ PUBLIC_URL: 'https://localhost' })).toEqual(['TRUST_PROXY']);
  });

  it('accepts a complete production environment', () => {
    expect(readConfig(production)).toMatchObject({ production: true, loopback: false, trustProxy: 1 });
  });

  it.each([
    ['SESSION_SECRET', ''],
    ['SESSION_SECRET', 'short'],
    ['PUBLIC_URL', 'http://connect.example.com'],
    ['TRUST_PROXY', ''],
    ['TRUST_PROXY', '0'],
    ['USER_VERIFICATION', 'scalekit'],
  ])('refuses production with %s=%s', (name, value) => {
    attacks('safe-start');
    expect(faultyNames({ ...production, [name]: value })).toEqual([name]);
  });

  it('holds NODE_ENV=production to the same rules on loopback', () => {
    attacks('safe-start');
    expect(faultyNames({ NODE_ENV: 'production', USER_VERIFICATION: 'scalekit' })).toEqual([
      'SESSION_SECRET',
      'PUBLIC_URL',
      'USER_VERIFICATION',
    ]);
  });
});

describe('the report of faults', () => {
  const faulty = {
    ...production,
    PORT: 'http',
    SESSION_SECRET: 'short-secret',
    SCALEKIT_CLIENT_ID: '',
    SCALEKIT_CLIENT_SECRET: 'sk-very-secret',
    USER_VERIFICATION: 'scalekit',
    TRUST_PROXY: '',
    LOG_LEVEL: 'loud',
  };

  it('names all faults at once', () => {
    expect(faultyNames(faulty).sort()).toEqual([
      'LOG_LEVEL',
      'PORT',
      'SCALEKIT_CLIENT_ID',
      'SESSION_SECRET',
      'TRUST_PROXY',
      'USER_VERIFICATION',
    ]);
  });

  it('never holds a secret', () => {
    const message = new ConfigError(faultsOf(faulty)).message;
    expect(message).toContain('6 faults');
    expect(message).not.toContain('short-secret');
    expect(message).not.toContain('sk-very-secret');
  });
});

describe('the names of the variables', () => {
  it('are each explained in .env.example, and nothing else is', () => {
    const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
    const named = [...example.matchAll(/^#?\s?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name ?? '');
    expect([...new Set(named)].sort()).toEqual([...variableNames].sort());
  });
});
