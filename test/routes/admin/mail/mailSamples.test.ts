import { adminPaths } from '../../../../server/paths.js';
import { writeBrand } from '../../../support/brandFile.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { outboxRows } from '../../../unit/notify/mails.js';
import { type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

let app: JourneyApp;
let admin: Visitor;

beforeAll(async () => {
  app = await startJourneyApp({
    env: { BRAND_FILE: await writeBrand({ name: 'Acme' }), VIEWER_IDENTIFIERS: 'vic@example.com' },
  });
  admin = await app.signIn('katherine@example.com');
});

afterAll(() => app.close());

const policyOf = (headers: Readonly<Record<string, string>>) =>
  new Map(
    (headers['content-security-policy'] ?? '').split(';').map((directive) => {
      const [name = '', ...values] = directive.trim().split(' ');
      return [name, values.join(' ')] as const;
    }),
  );

describe('the samples of mails', () => {
  it.each([
    ['account_expired', 'Gmail needs reconnecting', 'access to Gmail that you gave Acme expired'],
    ['account_disconnected', 'Gmail needs reconnecting', 'that you gave Acme was revoked'],
    ['invitation', 'Connect Gmail', 'Acme asks you to connect Gmail.'],
    ['reminder', 'Gmail needs reconnecting', 'Acme asks you to reconnect Gmail.'],
  ])('show what a mail of the kind %s says, as text and as HTML', async (kind, subject, sentence) => {
    const page = await admin.get(adminPaths.mailSamples(kind));
    expect(page.text).toContain(`<b lang="en"><bdi>${subject}</bdi></b>`);
    expect(page.text).toContain(sentence);
    expect(page.text).toMatch(
      new RegExp(`<iframe [^>]*sandbox src="/admin/mails/samples/mail\\?kind=${kind}&amp;language=en"`),
    );
    const mail = await admin.get(adminPaths.mailSample(kind));
    expect(mail.type).toBe('text/html');
    expect(mail.text).toContain(`<title>${subject}</title>`);
    expect(mail.text).toContain(sentence);
  });

  it('begin with the first kind, and know no other', async () => {
    expect((await admin.get(adminPaths.mailSamples())).text).toContain('gave Acme expired');
    expect((await admin.get(adminPaths.mailSample('toString'))).status).toBe(400);
  });

  it('are found from the page of mail by admins alone', async () => {
    const link = `href="${adminPaths.mailSamples()}"`;
    expect((await admin.get(adminPaths.mails())).text).toContain(link);
    const viewer = await app.signIn('vic@example.com');
    expect((await viewer.get(adminPaths.mails())).text).not.toContain(link);
  });

  it('let the mail have styles, and nothing run, load, be sent or lead anywhere', async () => {
    attacks('uploads-run-nothing');
    const policy = policyOf((await admin.get(adminPaths.mailSample('invitation'))).headers);
    expect(Object.fromEntries(policy)).toEqual({
      'default-src': "'none'",
      'style-src': "'unsafe-inline'",
      'form-action': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'self'",
      sandbox: '',
    });
  });

  it('may be framed by pages of the app alone, and the page that frames them by nobody', async () => {
    attacks('no-frames');
    const mail = await admin.get(adminPaths.mailSample('invitation'));
    expect(mail.headers['x-frame-options']).toBe('SAMEORIGIN');
    const page = await admin.get(adminPaths.mailSamples());
    expect(page.headers['x-frame-options']).toBe('DENY');
    const policy = policyOf(page.headers);
    expect(policy.get('frame-ancestors')).toBe("'none'");
    expect(policy.get('frame-src')).toBe("'self'");
    expect(policy.get('style-src')).toBe("'self'");
    expect(policyOf((await admin.get(adminPaths.mails())).headers).has('frame-src')).toBe(false);
  });

  it('send nothing and write nothing down', async () => {
    await admin.get(adminPaths.mailSample('reminder'));
    expect(await outboxRows(app.deps.db)).toEqual([]);
  });

  it('are there while Scalekit can’t say what is offered', async () => {
    const other = await startJourneyApp();
    const visitor = await other.signIn('katherine@example.com');
    other.gateway.script.failAll('unreachable');
    expect((await visitor.get(adminPaths.mailSample('invitation'))).text).toContain(
      '<title>Connect Gmail</title>',
    );
    await other.close();
  });
});
