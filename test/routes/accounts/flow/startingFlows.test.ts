import type { ScalekitErrorKind } from '../../../../server/scalekit/scalekitError.js';
import type { Method } from '../../../support/callScript.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, type JourneyApp, oddName, startJourneyApp } from './journeys.js';

let app: JourneyApp;
let visitor: Visitor;

beforeEach(async () => {
  app = await startJourneyApp();
  visitor = await app.signIn(ada);
});

afterEach(() => app.close());

const gmail = { connectionName: 'gmail', identifier: ada };

const linkRequest = () =>
  app.gateway.script.calls.findLast(({ method }) => method === 'getAuthorizationLink')?.args[0] as
    | Record<string, string>
    | undefined;

describe('starting to connect', () => {
  it('makes the account when there is none, and no second one', async () => {
    const first = await app.connect(visitor);
    expect((await app.flow(first.flowId)).accountCreated).toBe(1);
    const second = await app.connect(visitor);
    expect((await app.flow(second.flowId)).accountCreated).toBe(0);
    expect(app.gateway.script.count('createConnectedAccount')).toBe(1);
  });

  it('asks for a link with our verify URL and a state of which only the hash is kept', async () => {
    attacks('verify-url-from-settings');
    const { flowId } = await app.connect(visitor);
    const request = linkRequest();
    expect(request).toMatchObject({ ...gmail, userVerifyUrl: `${app.url}/user/verify` });
    expect(request?.state).toMatch(/^[\w-]{43}$/);
    const row = await app.flow(flowId);
    expect(JSON.stringify(row)).not.toContain(request?.state);
    expect(row).toMatchObject({ principal: `user:${ada}`, identifier: ada, status: 'open', returns: 1 });
  });

  it('does not build the verify URL from the Host header', async () => {
    attacks('verify-url-from-settings');
    await visitor.get('/connections', { Host: 'evil.example' });
    await app.connect(visitor);
    expect(linkRequest()?.userVerifyUrl).toBe(`${app.url}/user/verify`);
  });

  it('works for a name with a blank and a colon', async () => {
    const { link, flowId } = await app.connect(visitor, oddName);
    const returned = await visitor.get(app.consent(link));
    expect(returned.headers.location).toBe(`/connections/team%3A%20drive%202/status?flow=${flowId}`);
    expect((await app.statusOf(visitor, flowId, oddName)).status).toBe('done');
  });

  it('takes the identifier from the session, whatever the form says', async () => {
    attacks('identifier-from-session');
    await app.connect(visitor, 'gmail', { identifier: 'bob@example.com', principal: 'user:bob@example.com' });
    expect(app.gateway.scalekit.accounts.map(({ identifier }) => identifier)).toEqual([ada]);
  });

  it('makes two flows of a double click, each with a way to its end', async () => {
    const [one, two] = await Promise.all([
      visitor.post('/connections/gmail/connect'),
      visitor.post('/connections/gmail/connect'),
    ]);
    expect([one.status, two.status]).toEqual([303, 303]);
    expect(await app.flows()).toHaveLength(2);
    expect(app.gateway.scalekit.accounts).toHaveLength(1);
    const returned = await visitor.get(app.consent(two.headers.location));
    expect((await visitor.follow(returned)).text).toContain('Gmail is connected');
  });

  it('never makes a link by looking', async () => {
    attacks('get-changes-nothing', 'links-on-click');
    for (const path of ['/connections', '/connect/gmail', '/connections/gmail/disconnect'])
      await visitor.get(path);
    expect(app.gateway.script.count('getAuthorizationLink')).toBe(0);
    expect(app.gateway.script.count('createConnectedAccount')).toBe(0);
  });
});

describe('a link that was made', () => {
  it('is in the redirect and nowhere else: on no page, in no log, and not in the database', async () => {
    attacks('links-on-click');
    const { link, flowId } = await app.connect(visitor);
    const { flowId: ofKey } = await app.connect(visitor, 'exa');
    const opened = await visitor.post(`/connections/exa/flows/${ofKey}/link`);
    const links = [link, opened.headers.location ?? ''];
    const pages = await Promise.all(
      [
        '/connections',
        '/connections/gmail',
        '/connect/gmail',
        `/connections/gmail/status?flow=${flowId}`,
        `/connections/gmail/status.json?flow=${flowId}`,
        `/connections/exa/status?flow=${ofKey}`,
        '/connections/gmail/disconnect',
      ].map((path) => visitor.get(path)),
    );
    const { db } = app.deps;
    const tables = (await db.introspection.getTables()).map(({ name }) =>
      db
        .selectFrom(name as 'flows')
        .selectAll()
        .execute(),
    );
    const kept = JSON.stringify([await Promise.all(tables), app.logLines()]);
    for (const one of links) {
      const [secret = ''] = /[\w-]{36}$/.exec(one) ?? [];
      expect(secret).not.toBe('');
      for (const { status, text } of pages) expect([status, text.includes(secret)]).toEqual([200, false]);
      expect(kept).not.toContain(secret);
    }
  });
});

describe('where no browser comes back', () => {
  async function finish(name: string) {
    const { link, flowId } = await app.connect(visitor, name);
    expect(link).toBe(`/connections/${name}/status?flow=${flowId}`);
    expect(app.gateway.script.count('getAuthorizationLink')).toBe(0);
    const page = await visitor.get(link);
    expect(page.text).toContain('target="_blank" rel="noopener"');
    expect((await app.statusOf(visitor, flowId, name)).status).toBe('open');
    const opened = await visitor.post(`/connections/${name}/flows/${flowId}/link`);
    expect(opened.status).toBe(303);
    app.gateway.scalekit.consent(opened.headers.location ?? '');
    app.deps.reader.drop(ada);
    return flowId;
  }

  it('an API-key connection is opened beside the status page, which then tells', async () => {
    const flowId = await finish('exa');
    expect(await app.statusOf(visitor, flowId, 'exa')).toMatchObject({
      status: 'done',
      continue_url: `/connections?flow=${flowId}`,
    });
  });

  it('an account that was active before proves nothing', async () => {
    app.gateway.scalekit.addAccount({ connectionName: 'exa', identifier: ada });
    const { flowId } = await app.connect(visitor, 'exa');
    expect((await app.statusOf(visitor, flowId, 'exa')).status).toBe('open');
    app.gateway.scalekit.setStatus({ connectionName: 'exa', identifier: ada }, 'active');
    app.deps.reader.drop(ada);
    expect((await app.statusOf(visitor, flowId, 'exa')).status).toBe('done');
  });

  it('"Scalekit users only" works in the same way for OAuth', async () => {
    await app.close();
    app = await startJourneyApp({ env: { USER_VERIFICATION: 'scalekit' } });
    app.gateway.scalekit.verification = 'scalekit';
    visitor = await app.signIn(ada);
    const flowId = await finish('gmail');
    expect((await app.statusOf(visitor, flowId)).status).toBe('done');
    expect(await app.auditTypes()).toContain('flow.done');
    expect(await app.auditTypes()).not.toContain('security.unverified_activation');
  });
});

describe('an account that comes into being meanwhile', () => {
  it('is used when another request made it', async () => {
    const held = app.gateway.script.hold('createConnectedAccount');
    const posting = visitor.post('/connections/gmail/connect');
    await held.arrived;
    app.gateway.scalekit.addAccount({ ...gmail, status: 'pending_auth' });
    held.release();
    expect((await posting).status).toBe(303);
  });

  it('is used when its making timed out here and landed there', async () => {
    app.gateway.script.failNext('createConnectedAccount', 'timeout', { carriedOut: true });
    const { link } = await app.connect(visitor);
    expect((await visitor.get(app.consent(link))).status).toBe(303);
  });

  it('that timed out and did not land is told as slow', async () => {
    app.gateway.script.failNext('createConnectedAccount', 'timeout');
    const page = await visitor.post('/connections/gmail/connect');
    expect(page.status).toBe(504);
    expect(page.text).toContain('took too long to answer');
    expect(await app.flows()).toEqual([]);
  });
});

describe('when Scalekit gives no good answer', () => {
  const kinds: [ScalekitErrorKind, number, string, string][] = [
    ['unreachable', 503, 'does not answer right now', 'Try again'],
    ['busy', 503, 'does not answer right now', 'Try again'],
    ['timeout', 504, 'took too long to answer', 'Back to connections'],
    ['rate_limited', 503, 'asks us to slow down', 'Try again'],
    ['credentials', 503, 'does not accept this app’s own credentials', 'Back to connections'],
    ['invalid', 502, 'in a way that we did not expect', 'Back to connections'],
    ['unexpected', 502, 'in a way that we did not expect', 'Back to connections'],
    ['forbidden', 502, 'in a way that we did not expect', 'Back to connections'],
  ];
  const methods: Method[] = ['listConnectedAccounts', 'createConnectedAccount', 'getAuthorizationLink'];

  it.each(methods)(
    'at %s, each kind has its words, its next step, and its reference in the log',
    async (method) => {
      for (const [kind, status, words, next] of kinds) {
        app.gateway.scalekit.removeAccount(gmail);
        app.gateway.script.failNext(method, kind, { times: 2 });
        const page = await visitor.post('/connections/gmail/connect', { return_to: '/next' });
        app.gateway.script.recover();
        expect([kind, page.status]).toEqual([kind, status]);
        expect(page.text).toContain(words);
        expect(page.text).toMatch(new RegExp(`class="button filled"[^>]*>${next}<`));
        if (next === 'Try again') expect(page.text).toContain('/connections/gmail/connect?return_to=%2Fnext');
        const reference = /quote <bdi>(\w{3}-\w{3})<\/bdi>\./.exec(page.text)?.[1];
        const line = app.logLines().find((entry) => entry.reference === reference && 'code' in entry);
        expect(JSON.stringify(line?.err)).toContain(`${method}: ${kind}`);
        expect(await app.flows()).toEqual([]);
      }
    },
  );

  it('another try then works', async () => {
    attacks('scalekit-away');
    app.gateway.script.failNext('getAuthorizationLink', 'unreachable');
    const page = await visitor.post('/connections/gmail/connect');
    expect(page.status).toBe(503);
    const { link } = await app.connect(visitor);
    expect((await visitor.follow(await visitor.get(app.consent(link)))).text).toContain('Gmail is connected');
  });
});

describe('a connection that cannot be connected', () => {
  it.each([
    ['unknown', 'nothing', 'There is no such connection'],
    ['disabled', 'slack', 'Slack is not offered right now'],
  ])('is told when it is %s, and no account is made', async (_, name, words) => {
    app.gateway.scalekit.addConnection({ name: 'slack', enabled: false });
    await app.close();
    app = await startJourneyApp({ gateway: app.gateway });
    visitor = await app.signIn(ada);
    const page = await visitor.post(`/connections/${name}/connect`);
    expect(page.status).toBe(404);
    expect(page.text).toContain(words);
    expect((await visitor.get(`/connect/${name}`)).text).toContain(words);
    expect(app.gateway.script.count('createConnectedAccount')).toBe(0);
  });
});
