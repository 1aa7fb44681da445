import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DisplaySettingsError,
  readDisplaySettings,
} from '../../../../server/accounts/list/displaySettings.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  file = path.join(folder, 'connections.json');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(content: unknown) {
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readDisplaySettings(file);
}

const reading = (content: unknown) => expect(read(content)).rejects;

describe('display settings', () => {
  it('are empty without a file', () => {
    expect(readDisplaySettings(null).size).toBe(0);
  });

  it('keep the order of the file', async () => {
    const settings = await read({ connections: [{ name: 'slack' }, { name: 'gmail' }, { name: 'a: b' }] });
    expect([...settings.keys()]).toEqual(['slack', 'gmail', 'a: b']);
  });

  it('hold what is shown of a connection', async () => {
    const shown = { title: 'Team mail', description: 'Mail', category: 'Mail', hidden: true };
    const settings = await read({ connections: [{ name: 'gmail', ...shown }] });
    expect(settings.get('gmail')).toEqual(shown);
  });

  it('find a logo beside the file, wherever the app was started', async () => {
    await writeFile(path.join(folder, 'mail.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const settings = await read({ connections: [{ name: 'gmail', logo: 'mail.svg' }] });
    expect(settings.get('gmail')?.logo).toBe(path.join(folder, 'mail.svg'));
  });
});

describe('a file that cannot be used', () => {
  it('is named when it is missing', () => {
    expect(() => readDisplaySettings(file)).toThrow(DisplaySettingsError);
    expect(() => readDisplaySettings(file)).toThrow(`CONNECTIONS_FILE names ${file}, but it cannot be read`);
  });

  it('is named when it is not JSON', () => reading('{ connections: ').toThrow('but it is not JSON'));

  it.each([
    ['a list', []],
    ['no list of connections', {}],
    ['an entry without a name', { connections: [{ title: 'Mail' }] }],
    ['a key that nobody knows', { connections: [{ name: 'gmail', tittle: 'Mail' }] }],
    ['a key beside the list', { connections: [], theme: 'dark' }],
    ['a title of nothing', { connections: [{ name: 'gmail', title: '' }] }],
    ['a title that is too long', { connections: [{ name: 'gmail', title: 'x'.repeat(61) }] }],
    [
      'a description for no language',
      { connections: [{ name: 'gmail', description: { 'No tag!': 'Mail' } }] },
    ],
    [
      'a description that has no English',
      { connections: [{ name: 'gmail', description: { ja: 'メール' } }] },
    ],
    ['hidden as a word', { connections: [{ name: 'gmail', hidden: 'yes' }] }],
    ['a logo that is neither SVG nor PNG', { connections: [{ name: 'gmail', logo: 'mail.exe' }] }],
    ['a page for keys that is not https', { connections: [{ name: 'exa', key_url: 'http://exa.ai/keys' }] }],
    ['a page for keys that runs script', { connections: [{ name: 'exa', key_url: 'javascript:alert(1)' }] }],
    ['a page for keys that is no address', { connections: [{ name: 'exa', key_url: 'dashboard.exa.ai' }] }],
    ['one name twice', { connections: [{ name: 'gmail' }, { name: 'gmail', hidden: true }] }],
    ['a logo that is not there', { connections: [{ name: 'gmail', logo: 'mail.svg' }] }],
  ])('is refused with %s', (_, content) => reading(content).toThrow('CONNECTIONS_FILE has faults'));

  it('is told with every fault at its place', async () => {
    await reading({ connections: [{ name: 'gmail' }, { name: '', title: 7 }] }).toThrow(
      /connections\.1\.name: [\s\S]*connections\.1\.title: /,
    );
  });
});
