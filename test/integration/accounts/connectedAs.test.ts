import { questionOf } from '../../../server/accounts/connectedAs/providerQuestions.js';
import { afterAll, afterEach, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

const grace = 'grace@example.com';

/** Those that the product is asked about most. */
const providers = [
  'GMAIL',
  'GOOGLECALENDAR',
  'GOOGLEDRIVE',
  'GOOGLEDOCS',
  'OUTLOOK',
  'MICROSOFTTEAMS',
  'ONEDRIVE',
  'SLACK',
  'GITHUB',
  'GITLAB',
  'NOTION',
  'HUBSPOT',
  'SALESFORCE',
  'JIRA',
  'CONFLUENCE',
  'LINEAR',
  'ASANA',
  'AIRTABLE',
  'ZOOM',
  'DROPBOX',
  'BOX',
  'TRELLO',
  'FIGMA',
  'CALENDLY',
  'CLICKUP',
  'MONDAY',
  'ZENDESK',
  'INTERCOM',
  'FRESHDESK',
  'DISCORD',
  'LINKEDIN',
  'BITBUCKET',
];

describe('whom a connection is connected as, asked through the proxy by the real SDK', () => {
  let app: SandboxedApp;
  let visitor: Visitor;

  beforeAll(async () => {
    app = await startSandboxedApp({ timeoutMs: 3000, sandbox: { seed: 'empty' } });
    for (const provider of providers) {
      const name = `the-${provider.toLowerCase()}`;
      app.sandbox.control.setConnection(name, { provider, type: 'OAUTH' });
    }
    visitor = await new Visitor(app.url).signIn(grace);
  });

  afterEach(() => app.sandbox.control.clearFaults());
  afterAll(() => app.close());

  const ask = () => app.deps.connectedAs.job.look();
  const accounts = () =>
    app.deps.db
      .selectFrom('accountIdentities')
      .select(['connectionName', 'name', 'idHash', 'dueAt'])
      .orderBy('connectionName')
      .execute();

  /** An account that is active, seen by the app. */
  async function activate(name: string): Promise<void> {
    app.sandbox.control.setAccount({ connectionName: name, identifier: grace, status: 'ACTIVE' });
    await app.deps.reader.changed(grace);
    await visitor.get('/connections');
  }

  it('is told by each provider that has a question, and by no call that returns tokens', async () => {
    attacks('no-provider-tokens');
    expect(providers.filter((provider) => questionOf(provider) === null)).toEqual([]);
    for (const provider of providers) {
      const key = { connectionName: `the-${provider.toLowerCase()}`, identifier: grace };
      app.sandbox.control.setAccount({ ...key, status: 'ACTIVE' });
    }
    await app.deps.reader.changed(grace);
    await visitor.get('/connections');
    await ask();
    const told = await accounts();
    expect(told.map(({ connectionName }) => connectionName)).toHaveLength(providers.length);
    expect(told.filter(({ name }) => name === null).map(({ connectionName }) => connectionName)).toEqual([]);
    expect(new Set(told.map(({ idHash }) => idHash)).size).toBe(providers.length);
    const page = (await visitor.get('/connections')).text;
    expect(page.match(/Connected as/g)?.length).toBe(providers.length);
    const { GetConnectedAccount, GetConnectedAccountAuth, proxy } = app.sandbox.control.calls();
    expect([GetConnectedAccount, GetConnectedAccountAuth, proxy]).toEqual([0, 0, providers.length]);
    await app.deps.db.deleteFrom('accountIdentities').execute();
  });

  it.each(['refused', 'html', 'malformed', 'redirect', 'huge', 'hostile_name'] as const)(
    'is never in the way when the answer is %s',
    async (answer) => {
      app.sandbox.control.fault({ method: 'proxy', answer });
      if (app.sandbox.control.account('gmail', grace)) app.sandbox.control.remove('gmail', grace);
      await activate('gmail');
      await ask();
      const [gmail] = (await accounts()).filter(({ connectionName }) => connectionName === 'gmail');
      const page = (await visitor.get('/connections')).text;
      expect(page).toContain('data-connection="gmail" data-state="active"');
      if (answer === 'hostile_name') {
        expect(gmail?.name).not.toMatch(/[\u202A-\u202E\u200B\r\n]/);
        expect(page).not.toContain('<b onmouseover');
      } else expect(gmail?.name).toBeNull();
    },
  );

  it('is asked again later when the provider is slow, and holds up nobody meanwhile', async () => {
    app.sandbox.control.fault({ method: 'proxy', latencyMs: 60_000 });
    app.sandbox.control.remove('gmail', grace);
    await activate('gmail');
    const asked = app.sandbox.control.waitForCall('proxy');
    let isAsking = true;
    const asking = ask().finally(() => {
      isAsking = false;
    });
    await asked;
    expect((await visitor.get('/connections')).status).toBe(200);
    expect(isAsking).toBe(true);
    await asking;
    const [gmail] = (await accounts()).filter(({ connectionName }) => connectionName === 'gmail');
    expect(gmail).toMatchObject({ name: null, dueAt: expect.any(Number) });
  });
});
