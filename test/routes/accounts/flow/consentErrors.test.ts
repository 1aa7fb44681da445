import { writeConnectionsFile } from '../../../support/connectionTitles.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from './journeys.js';

const gmail = { connectionName: 'gmail', identifier: ada };
const script = '<script>alert("x")</script>';

let app: JourneyApp;
let visitor: Visitor;

beforeEach(async () => {
  app = await startJourneyApp();
  visitor = await app.signIn(ada);
});

afterEach(() => app.close());

const back = (values: Record<string, string>) => `/user/verify?${new URLSearchParams(values)}`;

const rows = [
  ['access_denied', 'consent_denied', 'You didn’t give access to'],
  ['unauthorized_client', 'operator_setup', 'does not accept this app as it is set up'],
  ['interaction_required', 'sign_in_needed', 'needs you to sign in'],
  ['invalid_scope', 'permission_missing', 'did not accept the permissions'],
  ['failed_to_exchange', 'exchange_failed', 'did not hand over access'],
  ['failed_to_exchange_token', 'exchange_failed', 'did not hand over access'],
  ['server_error', 'provider_error', 'because of a problem on its side'],
  ['temporarily_unavailable', 'provider_error', 'because of a problem on its side'],
  ['disallowed_useragent', 'browser_refused', 'inside another app’s window'],
  ['a_riddle', 'provider_refused', 'reported an error that we don’t know'],
  ['__proto__', 'provider_refused', 'reported an error that we don’t know'],
  ['toString', 'provider_refused', 'reported an error that we don’t know'],
  [script, 'provider_refused', 'reported an error that we don’t know'],
] as const;

describe('consent that comes back with an error', () => {
  it.each(rows)(
    '%s ends the flow with words, and takes back the account it made',
    async (error, code, words) => {
      const { flowId } = await app.connect(visitor);
      const returned = await visitor.get(back({ error, state: app.newestState() }));
      expect(returned.headers.location).toBe(`/connections/gmail/status?flow=${flowId}`);
      const page = await visitor.follow(returned);
      expect(page.text).toContain(words);
      expect(page.text).toMatch(/Gmail was not connected|Gmail wants you to sign in/);
      // Nobody asks for help with a refusal of their own.
      expect(/quote <bdi>\w{3}-\w{3}<\/bdi>\./.test(page.text)).toBe(code !== 'consent_denied');
      const again = /<button class="button filled">Try again</.test(page.text);
      expect(again).toBe(code !== 'operator_setup');
      expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: code });
      expect(app.gateway.scalekit.account(gmail)).toBeUndefined();
      expect(app.gateway.script.count('verifyConnectedAccountUser')).toBe(0);
    },
  );

  it('leads out of another app’s window to where its user wanted to go', async () => {
    await visitor.get('/connect/gmail?return_to=/account');
    await visitor.post('/connections/gmail/connect?return_to=/account');
    const returned = await visitor.get(back({ error: 'disallowed_useragent', state: app.newestState() }));
    const inApp = { 'User-Agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) Mobile/15E148 Instagram 355.0' };
    const { text } = await visitor.get(returned.headers.location ?? '', inApp);
    expect(text).toMatch(/id="in-app-link" value="[^"]*\/connect\/gmail\?return_to=%2Faccount"/);
  });

  it('gives the text for an administrator to a mail program, as long as it takes it', async () => {
    const mailOf = async (title: string) => {
      await app.close();
      const settings = await writeConnectionsFile([{ name: 'gmail', title }]);
      app = await startJourneyApp({ env: { CONNECTIONS_FILE: settings.file } });
      await settings.close();
      visitor = await app.signIn(ada);
      await app.connect(visitor);
      const error = {
        error: 'access_denied',
        error_description: 'AADSTS65001: consent',
        state: app.newestState(),
      };
      const { text } = await visitor.follow(await visitor.get(back(error)));
      const address = /href="(mailto:[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
      return { address, fields: new URL(address).searchParams, text };
    };
    const short = await mailOf('Gmail');
    expect(short.fields.get('body')).toMatch(/^I want to connect Gmail .* AADSTS65001$/);
    const long = await mailOf('電子メール'.repeat(12));
    expect(long.address.length).toBeLessThanOrEqual(2000);
    expect(long.text).toContain('電子メール'.repeat(12));
  });

  it.each(rows)('%s without a state, or with an unknown one, has words too', async (error, code, words) => {
    const { flowId } = await app.connect(visitor);
    const values: Record<string, string>[] = [{ error }, { error, state: 'unknown' }];
    for (const value of values) {
      const page = await visitor.arrive(back(value));
      expect(page.text).toContain(words);
      expect(page.text).not.toMatch(/<h1>\s|access to \.|undefined/);
      expect(/quote <bdi>\w{3}-\w{3}<\/bdi>\./.test(page.text)).toBe(code !== 'consent_denied');
      expect(app.logLines().some((line) => line.code === code)).toBe(true);
    }
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
  });

  it('without a state is told to the page that waits in the same browser, and its flow goes on', async () => {
    const { flowId, link } = await app.connect(visitor);
    const page = await visitor.arrive(back({ error: 'server_error' }));
    expect(page.text).toContain('Gmail could not finish the connection');
    expect(page.text).toContain('Try again');
    expect(await app.statusOf(visitor, flowId)).toMatchObject({
      status: 'open',
      tone: 'attention',
      heading: 'Gmail was not connected',
      next_poll_ms: expect.any(Number),
    });
    const admin = await app.signIn('katherine@example.com');
    expect((await admin.get('/admin/connections')).text).toContain('once: The provider had a problem');
    await visitor.get(app.consent(link));
    expect(await app.statusOf(visitor, flowId)).toMatchObject({ status: 'done' });
  });

  it('is quiet when the user said no, whether their flow is known for sure or not', async () => {
    const { flowId } = await app.connect(visitor);
    await visitor.arrive(back({ error: 'access_denied' }));
    for (const state of [null, app.newestState()]) {
      if (state !== null) await visitor.get(back({ error: 'access_denied', state }));
      expect(await app.statusOf(visitor, flowId)).toMatchObject({
        tone: 'quiet',
        heading: 'Gmail was not connected',
        sentence: 'You didn’t give access to Gmail. Nothing was connected.',
      });
      const { text } = await visitor.get(`/connections/gmail/status?flow=${flowId}`);
      expect(text).not.toMatch(
        /class="[^"]*tone-(broken|attention)|class="reference"|class="progress"|Still waiting/,
      );
      expect(text).toContain('>Try again</button>');
      expect(text).toContain('href="/connections">Back to connections</a>');
    }
  });

  it('takes an empty parameter for one that is not there', async () => {
    const { flowId, link } = await app.connect(visitor);
    await visitor.get(back({ error: 'server_error', state: '' }));
    expect(await app.flow(flowId)).toMatchObject({ status: 'open', reported: 'provider_error' });
    await visitor.get(`${app.consent(link)}&error=`);
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
  });

  it('without a state, in a browser that waits for nothing, changes nothing for anybody', async () => {
    const { flowId } = await app.connect(visitor);
    const other = await app.signIn(bob);
    expect((await other.arrive(back({ error: 'access_denied' }))).text).toContain('You didn’t give access');
    const again = await app.signIn(ada);
    await again.arrive(back({ error: 'access_denied' }));
    expect(await app.flow(flowId)).toMatchObject({ status: 'open', reported: null });
  });

  it('of an organization that blocks the app gives the user a text for their administrator, with the code alone', async () => {
    const { flowId } = await app.connect(visitor);
    const description =
      "AADSTS65001: The user or administrator has not consented to use the application 'x@evil.example <b>'. Trace ID: 1";
    const page = await visitor.arrive(
      back({ error: 'access_denied', error_description: description, state: app.newestState() }),
    );
    expect(page.text).toContain('Your organization has to approve this first');
    expect(page.text).toContain('Please approve Connect accounts for Gmail');
    expect(page.text).toContain('Gmail says: AADSTS65001');
    expect(page.text).not.toContain('evil.example');
    expect(await app.flow(flowId)).toMatchObject({
      failure: 'organization_blocked',
      providerError: 'AADSTS65001',
    });
    const admin = await app.signIn('katherine@example.com');
    const connections = (await admin.get('/admin/connections')).text;
    expect(connections).toContain('AADSTS65001');
    expect(connections).toContain('once: The user’s organization blocks the app');
  });

  it('has no words in that text that anybody could have put into the address', async () => {
    const { flowId } = await app.connect(visitor);
    const page = await visitor.arrive(
      back({ error: 'admin_policy_call_555_evil', state: app.newestState() }),
    );
    expect(page.text).toContain('Your organization has to approve this first');
    expect(page.text).not.toContain('evil');
    expect(await app.flow(flowId)).toMatchObject({ providerError: 'admin_policy_call_555_evil' });
  });

  it('keeps what others wrote into its description out of the log, where it could name somebody', async () => {
    await app.connect(visitor);
    const description =
      'ada@work.com, ada＠work.com and ada%40work.com may not; see https://x.example/?code=s3cret';
    await visitor.get(
      back({ error: 'access_denied', error_description: description, state: app.newestState() }),
    );
    const log = JSON.stringify(app.logLines());
    expect(log).not.toMatch(/work\.com|s3cret/);
    expect(log).toContain('consent came back with an error');
  });

  it.each(['with its state', 'without one'])(
    'never shows its description, and logs it shortened: %s',
    async (which) => {
      await app.connect(visitor);
      const description = `${script}${'y'.repeat(1000)}`;
      const values = { error: 'server_error', error_description: description };
      const known = which === 'with its state' ? { ...values, state: app.newestState() } : values;
      const response = await visitor.get(back(known));
      const page = await visitor.follow(response);
      expect(page.text).not.toContain('alert(');
      expect(page.text).not.toContain('yyy');
      const line = app.logLines().find((entry) => entry.msg === 'consent came back with an error');
      expect(line?.description).toBe(description.slice(0, 300));
      expect(line?.reference).toBe(response.headers['x-request-id']);
    },
  );

  it('leaves an account that was active before as it was', async () => {
    const before = app.gateway.scalekit.addAccount(gmail);
    await app.connect(visitor);
    await visitor.get(back({ error: 'access_denied', state: app.newestState() }));
    expect(app.gateway.scalekit.account(gmail)).toEqual(before);
  });

  it('leaves an account that another try still needs', async () => {
    await app.connect(visitor);
    const state = app.newestState();
    const second = await app.connect(visitor);
    await visitor.get(back({ error: 'access_denied', state }));
    expect(app.gateway.scalekit.account(gmail)).toBeDefined();
    await visitor.get(app.consent(second.link));
    expect(await app.flow(second.flowId)).toMatchObject({ status: 'done' });
  });

  it('after the flow was done changes nothing', async () => {
    const { link, flowId } = await app.connect(visitor);
    const state = app.newestState();
    await visitor.get(app.consent(link));
    await visitor.get(back({ error: 'access_denied', state }));
    expect(await app.flow(flowId)).toMatchObject({ status: 'done', failure: null });
    expect(app.gateway.scalekit.account(gmail)?.status).toBe('active');
  });

  it('in another user’s browser is a security event like any other return', async () => {
    const { flowId } = await app.connect(visitor);
    const state = app.newestState();
    const page = await (await app.signIn(bob)).arrive(back({ error: 'access_denied', state }));
    expect(page.status).toBe(403);
    expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'wrong_user' });
    expect(await app.auditTypes()).toContain('security.wrong_user');
  });
});
