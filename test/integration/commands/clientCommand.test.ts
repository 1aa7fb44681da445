import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { type ClientWebhooks, createClientWebhooks } from '../../../server/api/webhooks/clientWebhooks.js';
import { clientCommand } from '../../../server/commands/client.js';
import { UsageError } from '../../../server/commands/commandLine.js';
import { type ApiClients, createApiClients } from '../../../server/identity/clients/apiClients.js';
import { createAuditTrail } from '../../../server/store/auditTrail.js';
import { printedBy, runCommand } from '../../support/command.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { svgOf } from '../../unit/identity/clients/logoFiles.js';
import { openTempDatabase, silent, type TempDatabase } from '../../unit/tempDatabase.js';

let database: TempDatabase;
let running: ApiClients;
let webhooks: ClientWebhooks;

beforeAll(async () => {
  database = await openTempDatabase('sqlite');
  const audit = createAuditTrail(database.db, silent);
  running = createApiClients({ ...database, audit });
  webhooks = createClientWebhooks({
    db: database.db,
    audit,
    secrets: ['a secret of the tests that is long enough'],
    settings: { loopback: true, allowCidrs: [] },
  });
});

afterAll(() => database.close());

/** The lines that the command prints. */
async function client(...args: string[]): Promise<string[]> {
  const command = clientCommand(() => ({
    loopback: false,
    async *onClients(work) {
      for (const line of await work(running, () => webhooks)) yield `${line}\n`;
    },
  }));
  return (await printedBy(command, args)).trimEnd().split('\n');
}

describe('the command for API clients', () => {
  it('run as a process makes a client whose key the running app takes', async () => {
    const made = await runCommand(
      [
        ...['client', 'create', '--name', 'Acme', '--scope', 'status:read'],
        ...['--return-url', 'http://localhost:4000/back'],
      ],
      { DATA_DIR: database.dataDir, DATABASE_URL: '' },
    );
    expect(made.failed).toBe(false);
    const key = made.told.trim().split('\n').at(-1) ?? '';
    expect(await running.verify(key)).toMatchObject({ name: 'Acme', createdBy: 'command' });
  });

  it('run as a process says what is wrong without a stack trace', async () => {
    const { failed, told } = await runCommand(['client', 'show', 'nobody'], {
      DATA_DIR: database.dataDir,
      DATABASE_URL: '',
    });
    expect(failed).toBe(true);
    expect(told).toBe('There is no API client nobody that could be changed.\n');
  });

  it('run as a process tells how it is used, whatever the environment says', async () => {
    const { failed, told } = await runCommand(['client', 'revoke', '--help'], { PORT: 'none' });
    expect(failed).toBe(false);
    expect(told).toMatch(/^Usage: npm run client/);
  });

  it('makes, changes, shows, lists, rotates and revokes', async () => {
    const made = await client(
      ...['create', '--name', 'Acme', '--scope', 'onboarding', '--scope', 'status:read'],
      ...['--return-url', 'https://acme.example', '--allow-none'],
    );
    const known = await running.verify(made.at(-1) ?? '');
    expect(known).toMatchObject({
      name: 'Acme',
      scopes: ['onboarding', 'status:read'],
      returnUrls: ['https://acme.example/'],
      moreUserChecks: ['none'],
    });
    const id = known?.id ?? '';
    const changed = await client('change', id, '--no-allow-none');
    expect(changed).toContain('allow-none        no');
    expect(changed).toContain('return-url        https://acme.example/');
    expect(await client('show', id)).toEqual(changed);
    expect(changed.join()).not.toContain(made.at(-1));
    const second = (await client('rotate', id, '--overlap-hours', '0')).at(-1) ?? '';
    expect(await running.verify(second)).not.toBeNull();
    expect(await client('revoke', id)).toEqual(['Revoked. Its keys end within a second everywhere.']);
    expect((await client('list')).join('\n')).toContain(`${id}  revoked`);
    expect(await running.verify(second)).toBeNull();
    await expect(client('revoke', id)).rejects.toBeInstanceOf(UsageError);
  });

  it('sets a logo and removes it, and says why a file is none', async () => {
    const id = (await client('create', '--name', 'Acme', '--scope', 'status:read'))[0]?.split('  ')[0] ?? '';
    const inFolder = async (name: string, content: Buffer) => {
      const file = path.join(database.dataDir, name);
      await writeFile(file, content);
      return file;
    };
    const file = await inFolder('logo.txt', svgOf());
    expect(await client('logo', id, file)).toEqual(['Logo saved.']);
    const { logo } = (await running.find(id))?.client ?? {};
    expect(await running.logo(logo?.hash ?? '')).toEqual({ type: 'image/svg+xml', body: svgOf() });
    expect(await client('show', id)).toContain(`logo              ${logo?.hash}`);
    for (const [name, content, words] of [
      ['page.svg', Buffer.from('<html>'), /neither an SVG nor a PNG file/],
      ['large.svg', svgOf(' '.repeat(70_000)), /at most 64 kB/],
      ['empty.svg', Buffer.alloc(0), /not empty/],
    ] as const) {
      await expect(client('logo', id, await inFolder(name, content))).rejects.toThrow(words);
    }
    for (const none of [path.join(database.dataDir, 'none.svg'), database.dataDir]) {
      await expect(client('logo', id, none)).rejects.toThrow(`There is no file ${none} that can be read.`);
    }
    expect((await running.find(id))?.client.logo).toEqual(logo);
    await expect(client('logo', 'nobody', file)).rejects.toThrow('There is no API client nobody');
    expect(await client('logo', id, '--remove')).toEqual(['Logo removed.']);
    await expect(client('logo', id, '--remove')).rejects.toThrow(`The API client ${id} has no logo.`);
    await client('revoke', id);
    await expect(client('logo', id, file)).rejects.toBeInstanceOf(UsageError);
  });

  it('sets where webhooks go, tries it, and replaces the secret', async () => {
    const received: { readonly headers: object; readonly body: string }[] = [];
    let status = 204;
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.writeHead(status).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    try {
      const id =
        (await client('create', '--name', 'Acme', '--scope', 'status:read'))[0]?.split('  ')[0] ?? '';
      await expect(client('test-webhook', id)).rejects.toThrow(
        `The API client ${id} has no webhook address.`,
      );
      await expect(client('rotate-webhook', id)).rejects.toThrow('has no webhook address');
      await expect(client('webhook', id, 'https://10.0.0.1/')).rejects.toThrow('inside a network');
      await expect(client('webhook', id, 'ftp://acme.example/')).rejects.toThrow('is not a complete address');
      const [set, , secret = ''] = await client('webhook', id, url);
      expect(set).toBe(`Webhooks go to ${url} now.`);
      expect(await client('show', id)).toContain(`webhook           ${url}`);
      expect(await client('test-webhook', id)).toEqual(['The test event was taken (status 204).']);
      const verify = (with_: string) =>
        new Webhook(with_).verify(
          received.at(-1)?.body ?? '',
          received.at(-1)?.headers as Record<string, string>,
        );
      expect(verify(secret)).toMatchObject({ type: 'webhook.test' });
      expect(await client('webhook', id, url)).toEqual([`Webhooks go to ${url} now.`]);
      const next = (await client('rotate-webhook', id, '--overlap-hours', '0')).at(-1) ?? '';
      await client('test-webhook', id);
      expect(verify(next)).toBeTruthy();
      expect(() => verify(secret)).toThrow();
      status = 500;
      await expect(client('test-webhook', id)).rejects.toThrow('It answered with status 500.');
      expect(await client('webhook', id, '--remove')).toEqual(['Webhook address removed.']);
      await expect(client('webhook', id, '--remove')).rejects.toThrow('has no webhook address');
      await client('revoke', id);
      await expect(client('webhook', id, url)).rejects.toBeInstanceOf(UsageError);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('run as a process tells of an address that the app then sends to', async () => {
    const env = { DATA_DIR: database.dataDir, DATABASE_URL: '' };
    const id = (await client('create', '--name', 'Acme', '--scope', 'status:read'))[0]?.split('  ')[0] ?? '';
    const { failed, told } = await runCommand(['client', 'webhook', id, 'https://acme.example/hook'], env);
    expect(failed).toBe(false);
    expect(told).toMatch(
      /Webhooks go to https:\/\/acme\.example\/hook now\.\n[^\n]+\nwhsec_[A-Za-z0-9+/]{43}=\n$/,
    );
    expect(await webhooks.find(id)).toMatchObject({ url: 'https://acme.example/hook' });
  });

  it.each([
    ['a webhook without an address', ['webhook', 'nobody'], /Give either an address or --remove/],
    [
      'a webhook with both',
      ['webhook', 'nobody', 'https://a.example/', '--remove'],
      /Give either an address or --remove/,
    ],
    [
      'too long an overlap of webhook secrets',
      ['rotate-webhook', 'nobody', '--overlap-hours', '721'],
      /from 0 to 720/,
    ],
    ['no id of whom to test', ['test-webhook'], /^Usage: npm run client/],
    ['a logo without a file', ['logo', 'nobody'], /Give either a file or --remove/],
    ['a logo with both', ['logo', 'nobody', 'logo.svg', '--remove'], /Give either a file or --remove/],
    ['a logo with an unknown option', ['logo', 'nobody', '--delete'], /--delete/],
    ['a logo with two files', ['logo', 'nobody', 'a.svg', 'b.svg'], /one argument too many/],
    ['nothing', [], /^Usage: npm run client/],
    ['an unknown command', ['make'], /^Usage: npm run client/],
    ['no id', ['revoke'], /^Usage: npm run client/],
    ['an id where none is meant', ['list', 'nobody'], /^Usage: npm run client/],
    ['an unknown option', ['create', '--nam', 'x'], /--nam/],
    ['too long an overlap', ['rotate', 'nobody', '--overlap-hours', '721'], /from 0 to 720/],
    [
      'several faults',
      ['create', '--scope', 'all', '--return-url', 'http://acme.example/', '--return-url', 'https://*.x/'],
      /Enter a name[\s\S]*scopes does not exist[\s\S]*must begin with https[\s\S]*contains a \*/,
    ],
  ])('given %s says what is wrong, in words', async (_, args, words) => {
    await expect(client(...args)).rejects.toThrow(words);
  });
});
