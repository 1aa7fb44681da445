import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { Visitor } from '../../../support/visitor.js';
import { ada, bob, type JourneyApp, localPart, oddName, startJourneyApp } from '../flow/journeys.js';

let app: JourneyApp;

beforeEach(async () => {
  app = await startJourneyApp({ env: { VIEWER_IDENTIFIERS: 'vic@example.com' } });
  await app.signIn(bob);
});

afterEach(() => app.close());

const linkFor = (identifier: string, name = 'gmail', returnTo?: string) =>
  localPart(app.deps.links.urlFor(identifier, name, returnTo));

const katherine = 'katherine@example.com';
const vic = 'vic@example.com';

describe('a user’s link in the browser of somebody who runs the product', () => {
  it.each([
    ['an admin', katherine],
    ['a viewer', vic],
  ])('shows %s whose it is in words, with no button, and makes no call', async (_, identifier) => {
    const visitor = await app.signIn(identifier);
    const before = app.gateway.script.count();
    const page = await visitor.get(linkFor(ada));
    expect(page.status).toBe(403);
    expect(page.text).toContain('This link is for somebody else');
    expect(page.text).toContain(`<bdi>${ada}</bdi>`);
    expect(page.text).toContain('href="/admin/users/ada%40example.com"');
    expect(page.text).not.toMatch(/action="\/connect/);
    expect((await visitor.getJson(linkFor(ada))).body).toMatchObject({ code: 'addressed_to_other' });
    expect(app.gateway.script.count()).toBe(before);
    expect(await app.flows()).toEqual([]);
  });

  it('is their own where it was made for them, and words for a forged one', async () => {
    const visitor = await app.signIn(katherine);
    expect((await visitor.get(linkFor(katherine))).text).toContain('>Connect Gmail</button>');
    const forged = await visitor.get(`/connect/gmail?to=${'A'.repeat(60)}`);
    expect(forged.status).toBe(403);
    expect(forged.text).toContain('This link is not for you');
  });
});

describe('the durable link', () => {
  it('leads a signed-out visitor through the sign-in and back, return address and all', async () => {
    const visitor = new Visitor(app.url);
    const asked = linkFor(ada, 'gmail', '/connect/exa?step=2');
    const signIn = await visitor.follow(await visitor.get(asked));
    const returnTo =
      /name="return_to" value="([^"]+)"/.exec(signIn.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const page = await visitor.follow(
      await visitor.post('/sign-in', { identifier: ada, return_to: returnTo }),
    );
    expect(page.text).toContain('Connect Gmail');
    expect(page.text).toContain(ada);
    expect(page.text).toContain('/connections/gmail/connect?return_to=%2Fconnect%2Fexa%3Fstep%3D2');
    const { link, flowId } = await app.connect(visitor, 'gmail', { return_to: '/connect/exa?step=2' });
    await visitor.get(app.consent(link));
    expect((await app.statusOf(visitor, flowId)).continue_url).toBe('/connect/exa?step=2');
  });

  it('shows its addressee a button, and makes no link before it is pressed', async () => {
    attacks('links-on-click');
    const visitor = await app.signIn(ada);
    const page = await visitor.get(linkFor(ada));
    expect(page.status).toBe(200);
    expect(page.text).toContain('action="/connections/gmail/connect"');
    expect(app.gateway.script.count('getAuthorizationLink')).toBe(0);
    expect(app.gateway.script.count('createConnectedAccount')).toBe(0);
  });

  it.each([
    ['made for another user', () => linkFor(ada)],
    ['made for another connection', () => linkFor(bob, 'exa').replace('/exa', '/gmail')],
    ['cut short', () => linkFor(bob).slice(0, -5)],
    ['with an empty addressee', () => '/connect/gmail?to='],
    ['forged', () => `/connect/gmail?to=${'A'.repeat(43)}`],
    ['of a connection that is not there', () => linkFor(ada, 'nothing')],
  ])('%s shows words and no button, and makes no call', async (_, path) => {
    const visitor = await app.signIn(bob);
    const before = app.gateway.script.count();
    const page = await visitor.get(path());
    expect(page.status).toBe(403);
    expect(page.text).toContain('This link is not for you');
    expect(page.text).not.toContain(ada);
    expect(page.text).not.toMatch(/action="\/connections/);
    expect(app.gateway.script.count()).toBe(before);
  });

  it('without an addressee is for whoever is signed in', async () => {
    for (const identifier of [ada, bob]) {
      const page = await (await app.signIn(identifier)).get('/connect/gmail');
      expect(page.text).toContain(identifier);
      expect(page.text).toContain('>Connect Gmail</button>');
    }
  });

  it('of an active account offers another one, and the way on', async () => {
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    const page = await (await app.signIn(ada)).get('/connect/gmail?return_to=/next');
    expect(page.text).toContain('Switch Gmail account');
    expect(page.text).toContain('href="/next"');
  });

  it('works for a name with a blank and a colon', async () => {
    const page = await (await app.signIn(ada)).get(linkFor(ada, oddName));
    expect(page.text).toContain('action="/connections/team%3A%20drive%202/connect"');
  });

  it('says while Scalekit is down that it cannot tell', async () => {
    const visitor = await app.signIn(ada);
    app.gateway.script.failAll('unreachable');
    app.deps.reader.drop(ada);
    const page = await visitor.get('/connect/gmail');
    expect(page.status).toBe(200);
    expect(page.text).toContain('We can’t tell right now whether it is connected already.');
  });

  it('tells its addressee alone whose it is, however often it is made', async () => {
    for (const link of [linkFor(ada), linkFor(ada)]) {
      expect(link).not.toContain('ada');
      expect((await (await app.signIn(ada)).get(link)).text).toContain('>Connect Gmail</button>');
    }
  });
});
