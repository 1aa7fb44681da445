import { fileURLToPath } from 'node:url';
import { type AccountMail, createMailWriter, type MailBrand } from '../../../server/notify/mailWriter.js';
import { english as t } from '../../../server/words/dictionary.js';
import { createDictionary, readMessages } from '../../../server/words/words.js';
import { attacks, describe, expect, it } from '../../support/jest.js';

const views = fileURLToPath(new URL('../../../views', import.meta.url));
const unsubscribeUrl = 'https://connect.example.com/mail/unsubscribe?token=sealed';
const url = 'https://connect.example.com/connect/gmail?to=signature';
const named = (name: string): MailBrand => ({
  name,
  accent: null,
  links: { support: null, privacy: null, legal: null },
});
const writeIn = createMailWriter({ views, brand: named('Acme') });
const write = (mail: AccountMail) => writeIn(mail, t);
const mail = {
  kind: 'account_expired',
  identifier: 'ada@example.com',
  title: 'Gmail',
  url,
  unsubscribeUrl,
} as const;

const addressesIn = (text: string) => text.match(/[a-z]+:\/\/[^\s"<>]+/g);

/** The HTML has a button, and a link for where there is none. */
const addresses = { text: [url, unsubscribeUrl], html: [url, url, unsubscribeUrl] };

/** What is read of HTML. */
const wordsOf = (html: string) =>
  html
    .replace(/<(head)>[\s\S]*?<\/\1>|<!--[\s\S]*?-->/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/(?:\s|\u034f|\u200c)+/g, ' ');

describe('a mail about an account', () => {
  it('says in both forms what happened, what it means and what to do, with our own link', async () => {
    const { subject, text, html } = await write(mail);
    expect(subject).toBe('Gmail needs reconnecting');
    for (const form of [text, wordsOf(html)]) {
      expect(form).toContain('The access to Gmail that you gave Acme expired.');
      expect(form).toContain('nothing that relies on it works');
      expect(form).toContain('Sign in and reconnect Gmail to restore it.');
      expect(form).toContain('Reconnect Gmail');
      expect(form).toContain('For ada@example.com');
      expect(form).toContain('You get this because you connected Gmail in Acme.');
    }
    expect(addressesIn(text)).toEqual(addresses.text);
    expect(addressesIn(html)).toEqual(addresses.html);
  });

  it('names the product in its HTML, and says the button’s address as people read it', async () => {
    const { html } = await write(mail);
    expect(wordsOf(html)).toMatch(/ Acme Gmail needs reconnecting The access to Gmail/);
    expect(wordsOf(html)).toContain('If the button doesn’t work, open connect.example.com/connect/gmail ');
    expect(html).toMatch(new RegExp(`<a href="${url.replace('?', '\\?')}"[^>]*>Reconnect Gmail</a>`));
  });

  it('shows an inbox what it means before anything else that is in it', async () => {
    const { html } = await write(mail);
    expect(wordsOf(html)).toMatch(/^\s*Acme can’t use Gmail for you until you do\. Acme Gmail needs/);
  });

  it('is as light as a mail can be, with the longest names too', async () => {
    const long = createMailWriter({ views, brand: named('ﷺ'.repeat(200)) });
    for (const kind of ['account_expired', 'account_disconnected', 'invitation', 'reminder'] as const) {
      const { html } = await long(
        { ...mail, kind, title: '用'.repeat(200), identifier: '用'.repeat(200) },
        t,
      );
      expect(Buffer.byteLength(html)).toBeLessThan(20_000);
    }
  });

  it('is written in the direction of its language', async () => {
    const rightToLeft = createDictionary({ ...readMessages(), ar: {} }).in('ar');
    expect((await write(mail)).html).toContain('<html lang="en" dir="ltr">');
    expect((await writeIn(mail, rightToLeft)).html).toContain('<html lang="ar" dir="rtl">');
  });

  it('has other words when access was taken back', async () => {
    const { subject, text } = await write({ ...mail, kind: 'account_disconnected' });
    expect(subject).toBe('Gmail needs reconnecting');
    expect(text).toContain('was revoked, at Gmail itself or by whoever runs Acme for you');
  });

  it.each([
    ['invitation', 'Connect Gmail', 'Acme asks you to connect Gmail.', 'Connect Gmail'],
    ['reminder', 'Gmail needs reconnecting', 'Acme asks you to reconnect Gmail.', 'Reconnect Gmail'],
  ] as const)('that was asked for, of the kind %s, says who asks, and for what', async (kind, ...words) => {
    const [subject, sentence, button] = words;
    const written = await write({ ...mail, kind });
    expect(written.subject).toBe(subject);
    expect(written.text).toContain(sentence);
    expect(written.text).toContain(`${button}\n${url}`);
    for (const form of [written.text, written.html]) {
      expect(form).toContain('You get this because whoever runs Acme for you asked');
    }
    expect(addressesIn(written.text)).toEqual(addresses.text);
    expect(addressesIn(written.html)).toEqual(addresses.html);
  });

  it('has nothing in its HTML that runs, is loaded or is sent', async () => {
    const { html } = await write(mail);
    expect(html).not.toMatch(/<(img|script|link|iframe|form|svg|object)\b|src=|background="|\son\w+=/i);
    expect(html).not.toMatch(/url\(|@import|@font-face|expression\(/i);
  });

  it.each([
    ['a line of its own', 'Gmail\r\nBcc: all@example.com'],
    ['an address', 'https://evil.example/login'],
    ['markup', '<a href="https://evil.example">Gmail</a>'],
    ['turned text', '\u202ecod.exe\u2066'],
    ['a bare domain', 'evil.example'],
  ])('takes %s out of a title', async (_, title) => {
    attacks('clean-names');
    const { subject, text, html } = await write({ ...mail, title });
    expect(subject).not.toMatch(/[\r\n<>@:/\u202a-\u202e\u2066-\u2069]|evil\.example|\.exe/u);
    for (const form of [text, html]) {
      expect(form).not.toMatch(/^Bcc|evil\.example|all@example|\p{Bidi_Control}/mu);
    }
    expect(addressesIn(text)).toEqual(addresses.text);
    expect(addressesIn(html)).toEqual(addresses.html);
  });

  it('has a word for a title, and for a product, of which nothing is left', async () => {
    const bare = createMailWriter({ views, brand: named('://') });
    const { subject, text } = await bare({ ...mail, title: '\u202e//' }, t);
    expect(subject).toBe('A connection needs reconnecting');
    expect(text).toContain('this app');
  });

  it.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    [`o'brien "x" & co`, 'o&#39;brien &#34;x&#34; &amp; co'],
    ['naïve 🦊 用户', 'naïve 🦊 用户'],
  ])('shows the identifier %s as it is', async (identifier, escaped) => {
    const { text, html } = await write({ ...mail, identifier });
    expect(text).toContain(`\nFor ${identifier}\n`);
    expect(html).toContain(`<bdi>${escaped}</bdi>`);
  });

  it('keeps an identifier in one line, in the direction it is read', async () => {
    const { text, subject } = await write({ ...mail, identifier: 'ada\r\nBcc: x@y\u202e' });
    expect(text).toContain('\nFor ada Bcc: x@y \n');
    expect(subject).not.toContain('ada');
  });
});
