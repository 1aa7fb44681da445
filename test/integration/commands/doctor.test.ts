import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkDatabase } from '../../../server/commands/doctor/databaseChecks.js';
import { checkEventLog } from '../../../server/commands/doctor/eventLogChecks.js';
import type { Finding } from '../../../server/commands/doctor/finding.js';
import { checkMail } from '../../../server/commands/doctor/mailChecks.js';
import { checkScalekit } from '../../../server/commands/doctor/scalekitChecks.js';
import {
  checkSettings,
  checkTransportSecurity,
  checkVerifyUrl,
  checkWayOut,
} from '../../../server/commands/doctor/settingsChecks.js';
import { checkSignIn } from '../../../server/commands/doctor/signInChecks.js';
import { checkVerification } from '../../../server/commands/doctor/verificationCheck.js';
import { checkWebhooks } from '../../../server/commands/doctor/webhookChecks.js';
import { readConfig } from '../../../server/config/config.js';
import type { Sandbox } from '../../../server/sandbox/sandbox.js';
import { createSandbox } from '../../../server/sandbox/sandbox.js';
import { builtScript } from '../../support/builtApp.js';
import { makeAuthority, type TestAuthority } from '../../support/certificates.js';
import { startFront } from '../../support/front.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '../../support/jest.js';
import { startTestProvider } from '../../support/openidProvider.js';
import { startSmtpServer } from '../../support/smtpServer.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { databaseKinds, postgresOfThisFile } from '../../unit/tempDatabase.js';
import { deliver, eventBody, webhookEnv } from '../../unit/webhooks/deliveries.js';

const levels = (findings: readonly Finding[]) => findings.map(({ level, subject }) => `${level} ${subject}`);

const scalekitEnv = (sandbox: Sandbox, secret = 'sandbox') => ({
  SCALEKIT_ENVIRONMENT_URL: sandbox.url,
  SCALEKIT_CLIENT_ID: 'sandbox',
  SCALEKIT_CLIENT_SECRET: secret,
});

let sandbox: Sandbox;
let folder: string;

beforeEach(async () => {
  sandbox = await createSandbox({ seed: 'default' });
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
});

afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the doctor looks at Scalekit', () => {
  it('and counts what is offered', async () => {
    const file = path.join(folder, 'connections.json');
    await writeFile(
      file,
      JSON.stringify({ connections: [{ name: 'gmail', hidden: true }, { name: 'gone' }] }),
    );
    const findings = await checkScalekit(readConfig({ ...scalekitEnv(sandbox), CONNECTIONS_FILE: file }));
    expect(levels(findings)).toEqual(['ok credentials', 'ok catalogue', 'warn catalogue']);
    const all = sandbox.control.connections();
    const enabled = all.filter((connection) => connection.enabled).length;
    expect(findings[1]?.text).toBe(`${all.length} connections, ${enabled} enabled, ${enabled - 1} offered`);
    expect(findings[2]?.text).toContain('gone');
  });

  it('and says so when it refuses the credentials, without telling them', async () => {
    const findings = await checkScalekit(readConfig(scalekitEnv(sandbox, 'a-wrong-secret')));
    expect(levels(findings)).toEqual(['fail credentials']);
    expect(findings[0]?.text).toContain('SCALEKIT_CLIENT_SECRET');
    expect(findings[0]?.text).not.toContain('a-wrong-secret');
  });

  it('and says so when it is not there', async () => {
    await sandbox.close();
    const env = { ...scalekitEnv(sandbox), SCALEKIT_TIMEOUT_MS: '2000' };
    expect(levels(await checkScalekit(readConfig(env)))).toEqual(['fail credentials']);
  });

  it('and changes nothing there', async () => {
    await checkScalekit(readConfig(scalekitEnv(sandbox)));
    const called = Object.entries(sandbox.control.calls()).filter(([, count]) => count > 0);
    expect(called.map(([name]) => name).sort()).toEqual(['ListAppConnections', 'token', 'unauthenticated']);
  });
});

describe('the doctor proves the user verification', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await createSandbox();
  });

  afterEach(() => sandbox.close());

  /** Approves at the link that the doctor says. */
  function approving(line: string): void {
    const [link = ''] = /http:\S+$/.exec(line) ?? [];
    const body = new URLSearchParams({ outcome: 'allow' });
    void fetch(link, { method: 'POST', body, redirect: 'manual' });
  }

  const prove = (name: string, say: (line: string) => void, waitMs = 15_000) =>
    checkVerification(readConfig(scalekitEnv(sandbox)), name, { waitMs, lookEveryMs: 20, say });

  const doctorsAccounts = () =>
    sandbox.control.accounts().filter(({ identifier }) => identifier.startsWith('doctor-'));

  it.each([
    ['custom', 'ok verification'],
    ['scalekit', 'fail verification'],
    ['none', 'fail verification'],
  ] as const)('by a try, while it is set to %s, and leaves nothing behind', async (mode, level) => {
    sandbox.control.setVerification(mode);
    expect(levels(await prove('gmail', approving))).toEqual([level]);
    expect(doctorsAccounts()).toEqual([]);
  });

  it('and says so when nobody approves, or when there is nothing to approve', async () => {
    expect(levels(await prove('gmail', () => undefined, 50))).toEqual(['warn verification']);
    expect(doctorsAccounts()).toEqual([]);
    expect(levels(await prove('exa', approving))).toEqual(['fail verification']);
    expect(levels(await prove('nowhere', approving))).toEqual(['fail verification']);
  });
});

describe('the doctor looks at the sign-in', () => {
  it('and fails on a provider that does not answer', async () => {
    const env = { AUTH_MODE: 'oidc', OIDC_ISSUER_URL: 'http://127.0.0.1:1', OIDC_CLIENT_ID: 'app' };
    expect(levels(await checkSignIn(readConfig(env)))).toEqual(['fail sign-in', 'warn admins']);
  });

  it('and finds out whether the provider knows the app, and where it may send browsers back to', async () => {
    const provider = await startTestProvider({ accounts: {} });
    const env = { ...provider.env, PUBLIC_URL: 'http://localhost:3000', ADMIN_IDENTIFIERS: 'ada' };
    const look = async (more = {}) => checkSignIn(readConfig({ ...env, ...more }));
    expect(levels(await look())).toEqual(['ok sign-in', 'ok sign-in', 'warn sign-in', 'ok admins']);
    provider.allow('http://localhost:3000');
    expect(levels(await look())).toEqual(['ok sign-in', 'ok sign-in', 'ok sign-in', 'ok admins']);
    const refused = await look({ OIDC_CLIENT_SECRET: 'a-secret-of-somebody-else' });
    expect(levels(refused)).toEqual(['ok sign-in', 'fail sign-in', 'ok sign-in', 'ok admins']);
    expect(refused[1]?.text).toContain('OIDC_CLIENT_SECRET');
    expect(JSON.stringify(refused)).not.toContain('a-secret-of-somebody-else');
    expect(levels(await look({ OIDC_CLIENT_ID: 'nobody' }))).toEqual([
      'ok sign-in',
      'fail sign-in',
      'warn sign-in',
      'ok admins',
    ]);
    provider.answerWith('/token', 503);
    expect(levels(await look()).slice(1, 2)).toEqual(['warn sign-in']);
    await provider.close();
  });

  it('and warns of the one without a password', async () => {
    expect(levels(await checkSignIn(readConfig({})))).toEqual(['warn sign-in']);
  });
});

describe('the doctor looks at mail', () => {
  const mailEnv = (url: string) => readConfig({ SMTP_URL: url, MAIL_FROM: 'accounts@example.com' });

  it('and signs in at the mail server without sending anything', async () => {
    const smtp = await startSmtpServer();
    expect(levels(await checkMail(mailEnv(smtp.url)))).toEqual(['ok mail']);
    expect(smtp.received).toEqual([]);
    smtp.behave('refuse_login');
    const [finding] = await checkMail(mailEnv(smtp.url.replace('//', '//user:hidden-password@')));
    expect(finding).toMatchObject({ level: 'fail', text: expect.stringContaining('EAUTH 535') });
    expect(finding?.text).not.toContain('hidden-password');
    await smtp.close();
    expect(levels(await checkMail(mailEnv(smtp.url)))).toEqual(['fail mail']);
  });

  it('and says in words what is wrong with the certificate of the mail server', async () => {
    const smtp = await startSmtpServer({ startTls: true });
    const [finding] = await checkMail(mailEnv(smtp.url));
    expect(finding).toEqual({
      level: 'fail',
      subject: 'mail',
      text: `127.0.0.1:${smtp.port} has a certificate that has expired: renew it there (CERT_HAS_EXPIRED)`,
    });
    await smtp.close();
  });

  it('and warns when none can be sent', async () => {
    expect(levels(await checkMail(readConfig({})))).toEqual(['warn mail']);
  });
});

describe('the doctor looks at the settings', () => {
  it('and fails on display settings that cannot be read', () => {
    const config = readConfig({ CONNECTIONS_FILE: path.join(folder, 'none.json') });
    expect(levels(checkSettings(config))).toEqual(['warn configuration', 'fail configuration']);
  });

  it('and tells whether the app is found at its public URL', async () => {
    const app = await startSandboxedApp();
    expect(levels(await checkVerifyUrl(app.deps.config))).toEqual(['ok verify URL', 'ok public URL']);
    await app.close();
    expect(levels(await checkVerifyUrl(app.deps.config))).toEqual(['ok verify URL', 'warn public URL']);
  });
});

describe('the doctor looks at the proxy', () => {
  it('and fails when it does not say that browsers come by https', async () => {
    const app = await startSandboxedApp({ env: { PUBLIC_URL: 'https://localhost', TRUST_PROXY: '1' } });
    const front = await startFront();
    front.choose(app.port);
    // The doctor asks the public URL, where a proxy without TLS stands in for one that ends it.
    const config = { ...app.deps.config, publicUrl: front.url.replace('127.0.0.1', 'localhost') };
    const findings = await checkVerifyUrl(config);
    expect(levels(findings)).toEqual(['ok verify URL', 'fail proxy', 'ok public URL']);
    expect(findings[1]?.text).toContain('X-Forwarded-Proto: https');
    front.add({ 'x-forwarded-proto': 'https' });
    expect(levels(await checkVerifyUrl(config))).toEqual(['ok verify URL', 'ok public URL']);
    await front.close();
    await app.close();
  });

  it('and fails when it takes the path of the public URL off', async () => {
    const front = await startFront();
    const app = await startSandboxedApp({ env: { PUBLIC_URL: `${front.url}/apps/connect` } });
    front.choose(app.port);
    expect(levels(await checkVerifyUrl(app.deps.config))).toEqual(['ok verify URL', 'ok public URL']);
    front.cutOff('/apps/connect');
    const findings = await checkVerifyUrl(app.deps.config);
    expect(levels(findings)).toEqual(['ok verify URL', 'fail proxy', 'ok public URL']);
    expect(findings[1]?.text).toContain('/apps/connect');
    await front.close();
    await app.close();
  });
});

describe('the doctor of an app whose public URL has a path', () => {
  const publicUrl = 'http://localhost:3000/apps/connect';
  const textOf = (findings: readonly Finding[]) => findings.map(({ text }) => text).join('\n');

  it('names every address that is entered elsewhere with it', async () => {
    const config = readConfig({ ...scalekitEnv(sandbox), PUBLIC_URL: publicUrl, PORT: '1' });
    expect(textOf(await checkVerifyUrl(config))).toContain(`${publicUrl}/user/verify;`);
    const options = { waitMs: 0, say: () => undefined };
    expect(textOf(await checkWebhooks(config, null, options))).toContain(`${publicUrl}/webhooks/scalekit `);
  });

  it('warns when nobody keeps browsers to https, which the app leaves to its host', () => {
    const look = (url: string, headers = {}) => levels(checkTransportSecurity(url, new Headers(headers)));
    expect(look('https://app.example.com/connect')).toEqual(['warn proxy']);
    expect(look('https://app.example.com/connect', { 'Strict-Transport-Security': 'max-age=1' })).toEqual([]);
    expect([look('https://app.example.com'), look(publicUrl)]).toEqual([[], []]);
  });

  it('looks whether the provider sends browsers back to it, and not beside it', async () => {
    const provider = await startTestProvider({ accounts: {} });
    const config = readConfig({ ...provider.env, PUBLIC_URL: publicUrl, ADMIN_IDENTIFIERS: 'ada' });
    provider.allow('http://localhost:3000');
    const refused = await checkSignIn(config);
    expect(levels(refused)).toEqual(['ok sign-in', 'ok sign-in', 'warn sign-in', 'ok admins']);
    expect(textOf(refused)).toContain(`${publicUrl}/sign-in/callback:`);
    provider.allow(publicUrl);
    const taken = await checkSignIn(config);
    expect(levels(taken)).toEqual(['ok sign-in', 'ok sign-in', 'ok sign-in', 'ok admins']);
    expect(textOf(taken)).toContain(`post-logout redirect URI ${publicUrl}/sign-in too`);
    await provider.close();
  });

  it('proves the user verification by the address under it', async () => {
    const approvals: Promise<Response>[] = [];
    const say = (line: string) => {
      const [link = ''] = /http:\S+$/.exec(line) ?? [];
      const body = new URLSearchParams({ outcome: 'allow' });
      approvals.push(fetch(link, { method: 'POST', body, redirect: 'manual' }));
    };
    const config = readConfig({ ...scalekitEnv(sandbox), PUBLIC_URL: publicUrl });
    const found = await checkVerification(config, 'gmail', { waitMs: 15_000, lookEveryMs: 20, say });
    expect(levels(found)).toEqual(['ok verification']);
    const [approved] = await Promise.all(approvals);
    expect(approved?.headers.get('location')?.startsWith(`${publicUrl}/user/verify?`)).toBe(true);
  });
});

describe.each(databaseKinds)('the doctor looks at %s', (kind) => {
  const where = async () => (kind === 'postgres' ? { databaseUrl: (await postgresOfThisFile()).url } : {});

  it('and makes no tables, and no file, where there are none', async () => {
    const url = kind === 'postgres' ? (await postgresOfThisFile()).url : '';
    const config = readConfig({ DATA_DIR: folder, DATABASE_URL: url });
    for (let round = 0; round < 2; round += 1) {
      const { findings, database } = await checkDatabase(config);
      expect(levels(findings)).toEqual(['warn database']);
      await database?.close();
    }
    expect(existsSync(path.join(folder, 'connect.db'))).toBe(false);
  });

  it('and waits for a webhook to arrive at the running app', async () => {
    const app: SandboxedApp = await startSandboxedApp({
      dataDir: folder,
      env: webhookEnv,
      ...(await where()),
    });
    const config = { ...app.deps.config, scalekit: readConfig(scalekitEnv(app.sandbox)).scalekit };
    const { findings, database } = await checkDatabase(config);
    expect(levels(findings)).toEqual(['ok database']);
    expect(levels(await checkWebhooks(config, database, { waitMs: 0, say: () => undefined }))).toEqual([
      'warn webhooks',
    ]);
    const waited = await checkWebhooks(config, database, {
      waitMs: 15_000,
      say: () => {
        const data = { id: 'ca_1', identifier: 'ada', connection_name: 'gmail', status: 'ACTIVE' };
        void deliver(app.url, eventBody('created', data));
      },
    });
    expect(levels(waited)).toEqual(['ok webhooks']);
    expect(await checkWebhooks(config, database, { waitMs: 1, say: () => undefined })).toMatchObject([
      { level: 'fail', text: expect.stringContaining(`${app.url}/webhooks/scalekit`) },
    ]);
    await database?.close();
    await app.close();
  });

  it('and tells how far the event log was read, and whether Scalekit lets it be read', async () => {
    const app = await startSandboxedApp({ dataDir: folder, ...(await where()) });
    const config = { ...app.deps.config, scalekit: readConfig(scalekitEnv(app.sandbox)).scalekit };
    const { database } = await checkDatabase(config);
    const look = async () => levels(await checkEventLog(config, database));
    expect(await look()).toEqual(['ok event log', 'warn event log']);
    await app.deps.webhooks.log.job.look();
    expect(await look()).toEqual(['ok event log', 'ok event log']);
    const longAgo = Date.now() - 3 * 3_600_000;
    await app.deps.db.updateTable('eventLogMarks').set({ readUntil: longAgo }).execute();
    expect(await look()).toEqual(['ok event log', 'warn event log']);
    app.sandbox.control.fault({ method: 'ListEventsPaginated', error: 'internal' });
    expect((await look())[0]).toBe('warn event log');
    await database?.close();
    await app.close();
  });
});

describe('npm run doctor', () => {
  const run = (env: Record<string, string>) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const options = { cwd: folder, env: { PATH: process.env.PATH, ...env } };
      execFile(process.execPath, [builtScript('commands/cli.js'), 'doctor'], options, (error, output) => {
        resolve({ code: Number(error?.code ?? 0), output });
      });
    });

  it('ends with 1 when something has to be mended, and tells every fault', async () => {
    const { code, output } = await run({ PORT: 'x', SESSION_SECRET: 'short' });
    expect(code).toBe(1);
    expect(output.match(/^fail {2}configuration {2}(PORT|SESSION_SECRET) /gm)).toHaveLength(2);
  });

  it('ends with 0 when nothing has to be', async () => {
    const { code, output } = await run(scalekitEnv(sandbox));
    expect(output).toMatch(/^ok {4}credentials {4}Scalekit accepts them$/m);
    expect(code).toBe(0);
  });
});

describe('the doctor names what is wrong with a certificate', () => {
  let authority: TestAuthority;

  beforeAll(async () => {
    authority = await makeAuthority();
  });

  afterAll(() => authority.remove());

  /** Looks at a server whose certificate is such. */
  async function look(
    names: string,
    validity: 'now' | 'past',
    check: (url: string) => Promise<readonly Finding[]>,
  ): Promise<Finding | undefined> {
    const certificate = await authority.issue(names, validity);
    const server = createSecureServer({ ...certificate, allowHTTP1: true }, (_request, response) => {
      response.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      return (await check(`https://localhost:${(server.address() as AddressInfo).port}`))[0];
    } finally {
      server.close();
    }
  }

  const provider = (url: string) =>
    checkSignIn(readConfig({ AUTH_MODE: 'oidc', OIDC_ISSUER_URL: url, OIDC_CLIENT_ID: 'app' }));
  const scalekit = (url: string) =>
    checkScalekit(readConfig({ ...scalekitEnv(sandbox), SCALEKIT_ENVIRONMENT_URL: url }));

  it.each([
    ['the provider', provider],
    ['Scalekit', scalekit],
  ])('of %s', async (_, check) => {
    const untrusted = await look('DNS:localhost', 'now', check);
    expect(untrusted).toMatchObject({ level: 'fail', text: expect.stringContaining('not trusted here') });
    expect(untrusted?.text).toContain('NODE_EXTRA_CA_CERTS (in the environment itself, not in .env)');
  });
});

it('the doctor says that a proxy for the way out is not used, but by webhooks to other apps', () => {
  const config = { webhookAllowCidrs: [] };
  expect(checkWayOut(config, {})).toEqual([]);
  expect(checkWayOut(config, { HTTP_PROXY: 'http://proxy:3128' })).toHaveLength(1);
  expect(checkWayOut(config, { https_proxy: 'http://user:secret@proxy:3128', NO_PROXY: '*' })).toEqual([
    {
      level: 'warn',
      subject: 'network',
      text: expect.stringContaining(
        'https_proxy is set, and this app does not use it: it goes direct to Scalekit',
      ),
    },
    {
      level: 'warn',
      subject: 'webhooks out',
      text: expect.stringContaining('it has to keep them from your own network'),
    },
  ]);
});

it('the doctor says what of the own network webhooks to other apps may reach', () => {
  expect(checkWayOut({ webhookAllowCidrs: ['10.1.0.0/16'] }, {})).toEqual([
    { level: 'ok', subject: 'webhooks out', text: 'those to other apps may go to 10.1.0.0/16 as well' },
  ]);
});

it('the doctor and the app say that a certificate file in .env has no effect', async () => {
  await writeFile(path.join(folder, '.env'), 'NODE_EXTRA_CA_CERTS=/etc/ssl/own.pem\n');
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const told = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      [builtScript('commands/cli.js'), 'doctor'],
      { cwd: folder, env },
      (_error, stdout) => resolve(stdout),
    );
  });
  expect(told).toContain('NODE_EXTRA_CA_CERTS has no effect in .env');
});
