import { writeFile } from 'node:fs/promises';
import path from 'node:path';
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

beforeAll(async () => {
  database = await openTempDatabase('sqlite');
  running = createApiClients({ ...database, audit: createAuditTrail(database.db, silent) });
});

afterAll(() => database.close());

/** The lines that the command prints. */
async function client(...args: string[]): Promise<string[]> {
  const command = clientCommand(() => ({
    loopback: false,
    async *onClients(work) {
      for (const line of await work(running)) yield `${line}\n`;
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

  it.each([
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
