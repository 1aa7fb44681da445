import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { backupCommand } from '../../../server/commands/backup.js';
import { clientCommand } from '../../../server/commands/client.js';
import { CommandLineError, group } from '../../../server/commands/commandLine.js';
import { copyDatabaseCommand } from '../../../server/commands/copyDatabase.js';
import { doctorCommand } from '../../../server/commands/doctor.js';
import { linkCommand } from '../../../server/commands/link.js';
import { restoreCommand } from '../../../server/commands/restore.js';
import { sandboxCommand } from '../../../server/commands/sandbox.js';
import { userCommand } from '../../../server/commands/user.js';
import { printedBy } from '../../support/command.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';

/** The commands as they are, with the environment, the database and the network that they find. */
const main = group('Usage: of the test', {
  link: linkCommand(),
  client: clientCommand(),
  user: userCommand(),
  backup: backupCommand(),
  restore: restoreCommand(),
  'copy-database': copyDatabaseCommand(),
  doctor: doctorCommand(),
  sandbox: sandboxCommand(),
});

const environment = { ...process.env };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  process.env.DATA_DIR = path.join(folder, 'data');
  process.env.DATABASE_URL = '';
});

afterEach(async () => {
  process.env = { ...environment };
  await rm(folder, { recursive: true, force: true });
});

const create = ['client', 'create', '--name', 'Acme', '--scope', 'status:read'];
const copy = ['copy-database', '--from', 'data', '--to', 'postgres://127.0.0.1:9/none'];

describe('a command that is called wrongly', () => {
  it.each([
    ['link: too little', ['link', 'ada']],
    ['link: too much', ['link', 'ada', 'gmail', '/connections', 'more']],
    ['link: an unknown option', ['link', 'ada', 'gmail', '--return-to', '/connections']],
    ['link: a way back that leads elsewhere', ['link', 'ada', 'gmail', 'https://evil.example']],
    ['client: no command', ['client']],
    ['client: no such command', ['client', 'make', ...create.slice(2)]],
    ['client list: too much', ['client', 'list', 'all']],
    ['client list: an option of another command', ['client', 'list', '--name', 'Acme']],
    ['client show: too little', ['client', 'show']],
    ['client create: an unknown option', [...create, '--allow-all']],
    ['client create: too much', [...create, 'more']],
    ['client create: no value', [...create, '--return-url']],
    ['client create: a name twice', [...create, '--name', 'Apex']],
    ['client create: a negation that is not meant', [...create, '--no-scope']],
    ['client create: faulty values', ['client', 'create', '--scope', 'all']],
    ['client change: a faulty value', ['client', 'change', 'id', '--return-url', 'ftp://x/']],
    ['client rotate: a faulty value', ['client', 'rotate', 'id', '--overlap-hours', '721']],
    ['client revoke: too much', ['client', 'revoke', 'id', 'another']],
    ['user export: too little', ['user', 'export']],
    ['user export: an unknown option', ['user', 'export', 'ada', '--yes']],
    ['user erase: not sure', ['user', 'erase', 'ada']],
    ['user erase: too much', ['user', 'erase', 'ada', 'bob', '--yes']],
    ['user erase: a value where none is meant', ['user', 'erase', 'ada', '--yes=no']],
    ['user erase: a negation that is not meant', ['user', 'erase', 'ada', '--no-yes']],
    ['backup: too little', ['backup']],
    ['backup: too much', ['backup', 'one', 'two']],
    ['backup: an unknown option', ['backup', 'one', '--force']],
    ['restore: too little', ['restore']],
    ['restore: too much', ['restore', 'one', 'two']],
    ['copy-database: too little', ['copy-database', '--from', '.']],
    ['copy-database: no value', ['copy-database', '--from', '.', '--to']],
    ['copy-database: an unknown option', [...copy, '--force']],
    ['copy-database: too much', [...copy, 'more']],
    ['copy-database: an option twice', [...copy, '--from', 'data']],
    ['doctor: an unknown option', ['doctor', '--webhooks']],
    ['doctor: too much', ['doctor', 'webhook']],
    ['doctor: a value where none is meant', ['doctor', '--webhook=60']],
    ['sandbox: an unknown option', ['sandbox', '--nonsense']],
    ['sandbox: too much', ['sandbox', '3001']],
    ['sandbox: no value', ['sandbox', '--port']],
    ['sandbox: faulty values', ['sandbox', '--port', '70000', '--seed', 'all']],
  ])('says so and opens nothing: %s', async (_, args) => {
    await expect(printedBy(main, args)).rejects.toBeInstanceOf(CommandLineError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes nothing into a database that is there', async () => {
    await printedBy(main, create);
    const before = await printedBy(main, ['client', 'list']);
    const [id = ''] = before.split(' ');
    expect(before).toBe(`${id}  works    status:read  Acme\n`);
    const wrong = [
      [...create, '--allow-all'],
      [...create, 'more'],
      ['client', 'revoke', id, '--yes'],
      ['client', 'change', id, '--name', 'Apex', '--name', 'Acme Two'],
    ];
    for (const args of wrong) await expect(printedBy(main, args)).rejects.toBeInstanceOf(CommandLineError);
    expect(await printedBy(main, ['client', 'list'])).toBe(before);
  });
});

describe('a command that is asked how it is used', () => {
  it.each([
    ['link'],
    ['client'],
    ['user'],
    ['backup'],
    ['restore'],
    ['copy-database'],
    ['doctor'],
    ['sandbox'],
  ])('tells it, whatever the environment says: %s', async (name) => {
    process.env.PORT = 'none';
    expect((await printedBy(main, [name, '--help'])).startsWith(`Usage: npm run ${name} `)).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });
});
