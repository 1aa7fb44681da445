import { type CatalogueEntry, createCatalogueReader } from '../../../../server/accounts/list/catalogue.js';
import type { DisplaySettings } from '../../../../server/accounts/list/displaySettings.js';
import { createLastKnownStore, type LastKnownStore } from '../../../../server/store/lastKnownStore.js';
import { english } from '../../../../server/words/dictionary.js';
import { createDictionary } from '../../../../server/words/words.js';
import { afterEach, attacks, beforeEach, describe, expect, it, jest } from '../../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../../support/memoryGateway.js';
import { openTempDatabase, type TempDatabase } from '../../tempDatabase.js';

let database: TempDatabase;
let lastKnown: LastKnownStore;
let gateway: MemoryGateway;

beforeEach(async () => {
  database = await openTempDatabase();
  lastKnown = createLastKnownStore(database.db);
  gateway = createMemoryGateway();
});

afterEach(() => database.close());

const settingsOf = (entries: Record<string, DisplaySettings>) => new Map(Object.entries(entries));

const catalogueWith = (entries: Record<string, DisplaySettings> = {}, usage: Record<string, number> = {}) =>
  createCatalogueReader(gateway, lastKnown, settingsOf(entries), async () => new Map(Object.entries(usage)));

const told = ({ description, category, ...entry }: CatalogueEntry) => ({
  ...entry,
  description: description?.(english),
  category: category?.(english),
});

async function titles(entries: Record<string, DisplaySettings> = {}): Promise<string[]> {
  return (await catalogueWith(entries).read()).offered.map((entry) => entry.title);
}

describe('titles', () => {
  it('are the provider’s, told apart by name where there are two of one provider', async () => {
    gateway.scalekit.addConnection({ name: 'slack', provider: 'SLACK' });
    gateway.scalekit.addConnection({ name: 'slack-prod', provider: 'SLACK' });
    gateway.scalekit.addConnection({ name: 'mail', provider: 'GMAIL' });
    expect(await titles()).toEqual(['Gmail', 'Slack', 'Slack (slack-prod)']);
  });

  it('are made readable for a provider without words, whatever it is called', async () => {
    for (const provider of ['MY_OWN: CRM', 'CONSTRUCTOR', '__PROTO__']) {
      gateway.scalekit.addConnection({ name: provider.toLowerCase(), provider });
    }
    expect(await titles()).toEqual(['Constructor', 'My own CRM', 'Proto']);
  });

  it.each([
    ['GITHUBMCP', 'GitHub'],
    ['GITHUBPAT', 'GitHub'],
    ['githubmcp', 'GitHub'],
    ['APOLLOAPIKEY', 'Apollo'],
    ['ZENDESKOAUTH', 'Zendesk'],
    ['BIGQUERYSERVICEACCOUNT', 'BigQuery'],
    ['TWITTERBEARER', 'X (Twitter)'],
    ['GOOGLE_DWD', 'Google Workspace'],
    ['GOOGLEDWD', 'Google Workspace'],
    ['GOOGLE_ADS', 'Google Ads'],
    ['CLARI_COPILOT', 'Clari Copilot'],
    ['YOUMCP', 'You.com'],
    ['HARVESTAPI', 'HarvestAPI'],
    ['HARVESTMCP', 'Harvest'],
    ['CLOUDFAREMCP', 'Cloudflare'],
    ['MONDAY', 'monday.com'],
    ['ACME_CRM', 'Acme CRM'],
    ['ACME_CRM_MCP', 'Acme CRM'],
    ['ACME-API-KEY', 'Acme'],
    ['SPAT', 'Spat'],
    ['MCP', 'MCP'],
    ['_', 'Own'],
  ])('are the provider’s own for the connector %s', async (provider, title) => {
    gateway.scalekit.addConnection({ name: 'own', provider });
    expect(await titles()).toEqual([title]);
  });

  it('tell two connectors of one provider apart, too', async () => {
    for (const provider of ['GITHUB', 'GITHUBMCP', 'GOOGLE_ADS']) {
      gateway.scalekit.addConnection({ name: provider.toLowerCase(), provider });
    }
    expect(await titles()).toEqual(['GitHub', 'GitHub (githubmcp)', 'Google Ads']);
  });

  it('are the operator’s where given, with its description and category', async () => {
    gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
    const shown = { title: 'Team mail', description: 'For the team', category: 'Mail' };
    const entry = await catalogueWith({ gmail: shown }).entry('gmail');
    expect(told(entry)).toMatchObject(shown);
  });

  it('are in the language of their reader where the operator gave that, else in English', async () => {
    gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
    const shown = {
      description: { en: 'For the team', de: 'Für das\u202eTeam' },
      category: { en: 'Mail', de: 'Post' },
    };
    const { description, category } = await catalogueWith({ gmail: shown }).entry('gmail');
    const { in: speak } = createDictionary({ en: {}, de: {}, fr: {} });
    const inAll = (['en', 'de', 'fr'] as const).map((language) => [
      description?.(speak(language)),
      category?.(speak(language)),
    ]);
    expect(inAll).toEqual([
      ['For the team', 'Mail'],
      ['Für das Team', 'Post'],
      ['For the team', 'Mail'],
    ]);
  });
});

describe('what others wrote', () => {
  it('is cleaned of what turns or hides text, and titles of what makes them look like addresses', async () => {
    attacks('clean-names');
    gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
    const shown = {
      title: 'Pay\u202elap & go\u2066\nhttps://evil.example',
      description: 'For\u202ethe\u0007team: see https://example.com',
      category: '\u2067Mail',
    };
    expect(told(await catalogueWith({ gmail: shown }).entry('gmail'))).toMatchObject({
      title: 'Pay lap & go https evil example',
      description: 'For the team: see https://example.com',
      category: 'Mail',
    });
  });

  it('is as if it were not there when nothing of it can be seen', async () => {
    gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
    gateway.scalekit.addConnection({ name: 'own\u202e', provider: '\u202e' });
    expect(await titles({ gmail: { title: '\u202e\u200b' } })).toEqual(['Gmail', 'Own']);
  });

  it('is cleaned in the names of connections, also of those that are gone', async () => {
    gateway.scalekit.addConnection({ name: 'slack', provider: 'SLACK' });
    gateway.scalekit.addConnection({ name: 'x\u202ey', provider: 'SLACK' });
    const catalogue = await catalogueWith().read();
    expect(catalogue.offered.map(({ title }) => title)).toEqual(['Slack', 'Slack (x y)']);
    expect(catalogue.titleOf('gone\u202e')).toBe('gone');
  });

  it('leaves an empty description, by which the operator hides ours', async () => {
    gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
    const entry = await catalogueWith({ gmail: { description: '' } }).entry('gmail');
    expect(told(entry).description).toBe('');
  });
});

describe('order', () => {
  it('is the operator’s first, then what is best known, then by title', async () => {
    for (const name of ['asana', 'zebra', 'gmail', 'notion', 'slack', 'acme'])
      gateway.scalekit.addConnection({ name });
    const expected = ['Slack', 'Notion', 'Gmail', 'Asana', 'Acme', 'Zebra'];
    expect(await titles({ slack: {}, gone: {}, notion: {} })).toEqual(expected);
  });

  it('is what users connect most where the operator says nothing', async () => {
    for (const name of ['gmail', 'asana', 'zebra', 'slack']) gateway.scalekit.addConnection({ name });
    const { offered } = await catalogueWith({ slack: {} }, { zebra: 3, asana: 2, slack: 1 }).read();
    expect(offered.map(({ title }) => title)).toEqual(['Slack', 'Zebra', 'Asana', 'Gmail']);
  });
});

describe('what is offered', () => {
  beforeEach(() => {
    gateway.scalekit.addConnection({ name: 'gmail' });
    gateway.scalekit.addConnection({ name: 'slack', enabled: false });
    gateway.scalekit.addConnection({ name: 'notion' });
  });

  it('leaves out the disabled and the hidden, which can still be found', async () => {
    const catalogue = catalogueWith({ notion: { hidden: true } });
    const { offered } = await catalogue.read();
    expect(offered.map((entry) => entry.connection.name)).toEqual(['gmail']);
    expect((await catalogue.entry('notion')).offered).toBe(false);
    await expect(catalogue.offered('notion')).rejects.toMatchObject({ code: 'connection_not_offered' });
    await expect(catalogue.offered('slack')).rejects.toMatchObject({ code: 'connection_not_offered' });
  });

  it.each(['nothing', '', '__proto__', 'GMAIL'])('does not know %j', async (name) => {
    await expect(catalogueWith().entry(name)).rejects.toMatchObject({ code: 'connection_unknown' });
  });
});

describe('reading', () => {
  beforeEach(() => {
    gateway.scalekit.addConnection({ name: 'gmail' });
  });

  it('is one call for all who ask at the same time, and for a while after', async () => {
    const catalogue = catalogueWith();
    await Promise.all([catalogue.read(), catalogue.read(), catalogue.entry('gmail')]);
    await catalogue.read();
    expect(gateway.script.count('listConnections')).toBe(1);
  });

  it('recalls the last known catalogue while Scalekit is down, in another process too', async () => {
    await catalogueWith().read();
    gateway.script.failAll('unreachable');
    const { offered } = await catalogueWith({ gmail: { title: 'Team mail' } }).read();
    expect(offered.map((entry) => entry.title)).toEqual(['Team mail']);
  });

  it('fails in words when nothing was ever read', async () => {
    gateway.script.failAll('unreachable');
    await expect(catalogueWith().read()).rejects.toMatchObject({ code: 'scalekit_unreachable', status: 503 });
  });

  it('asks again after a failure', async () => {
    const catalogue = catalogueWith();
    gateway.script.failNext('listConnections', 'timeout');
    await expect(catalogue.read()).rejects.toMatchObject({ code: 'scalekit_slow' });
    expect((await catalogue.read()).offered).toHaveLength(1);
  });
});

describe('a catalogue over a minute old', () => {
  const start = Date.now();
  const pass = (ms: number) => jest.spyOn(Date, 'now').mockReturnValue(start + ms);

  beforeEach(() => {
    pass(0);
    gateway.scalekit.addConnection({ name: 'gmail' });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('answers at once while a newer one is read, once', async () => {
    const catalogue = catalogueWith();
    await catalogue.read();
    gateway.scalekit.addConnection({ name: 'slack' });
    pass(60_001);
    const held = gateway.script.hold('listConnections');
    expect((await catalogue.read()).offered).toHaveLength(1);
    expect((await catalogue.read()).offered).toHaveLength(1);
    await held.arrived;
    expect(gateway.script.count('listConnections')).toBe(2);
    held.release();
    await new Promise(setImmediate);
    expect((await catalogue.read()).offered).toHaveLength(2);
  });

  it('goes on answering while Scalekit is down', async () => {
    const catalogue = catalogueWith();
    await catalogue.read();
    gateway.script.failAll('unreachable');
    pass(3_600_000);
    expect((await catalogue.read()).offered).toHaveLength(1);
    await new Promise(setImmediate);
    expect((await catalogue.read()).offered).toHaveLength(1);
  });
});
