import { fileURLToPath } from 'node:url';
import { type AccountMail, createMailWriter } from '../../../server/notify/mailWriter.js';
import { english as t } from '../../../server/words/dictionary.js';
import { describe, expect, it } from '../../support/jest.js';

const views = fileURLToPath(new URL('../../../views', import.meta.url));
const unsubscribeUrl = 'https://connect.example.com/mail/unsubscribe?token=sealed';
const url = 'https://connect.example.com/connect/gmail?to=signature';
const writeIn = createMailWriter({ views, productName: 'Acme' });
const write = (mail: AccountMail) => writeIn(mail, t);
const mail = {
  kind: 'account_expired',
  identifier: 'ada@example.com',
  title: 'Gmail',
  url,
  unsubscribeUrl,
} as const;

const addressesIn = (text: string) => text.match(/[a-z]+:\/\/[^\s"<>]+/g);

describe('a mail about an account', () => {
  it('says in both forms what happened, what it means and what to do, with our own link', async () => {
    const { subject, text, html } = await write(mail);
    expect(subject).toBe('Gmail needs reconnecting');
    for (const form of [text, html]) {
      expect(form).toContain('The access to Gmail that you gave Acme ran out.');
      expect(form).toContain('nothing that relies on it works');
      expect(form).toContain('open the link below, sign in, and reconnect');
      expect(form).toContain('ada@example.com');
      expect(addressesIn(form)).toEqual([url, unsubscribeUrl]);
    }
  });

  it('has other words when access was taken back', async () => {
    const { subject, text } = await write({ ...mail, kind: 'account_disconnected' });
    expect(subject).toBe('Gmail needs reconnecting');
    expect(text).toContain('was taken back');
  });

  it.each([
    ['invitation', 'Connect Gmail', 'Acme asks you to connect Gmail.', 'Connect Gmail:'],
    ['reminder', 'Gmail needs reconnecting', 'Acme asks you to reconnect Gmail.', 'Reconnect Gmail:'],
  ] as const)('that was asked for, of the kind %s, says who asks, and for what', async (kind, ...words) => {
    const [subject, sentence, button] = words;
    const written = await write({ ...mail, kind });
    expect(written.subject).toBe(subject);
    expect(written.text).toContain(sentence);
    expect(written.text).toContain(`${button}\n${url}`);
    for (const form of [written.text, written.html]) {
      expect(form).toContain('You get this because whoever runs Acme for you asked');
      expect(addressesIn(form)).toEqual([url, unsubscribeUrl]);
    }
  });

  it('has no image, script, style or address of anybody else in its HTML', async () => {
    const { html } = await write(mail);
    expect(html).not.toMatch(/<(img|script|style|link|iframe|form|svg)\b|style=|src=|\son\w+=/i);
  });

  it.each([
    ['a line of its own', 'Gmail\r\nBcc: all@example.com'],
    ['an address', 'https://evil.example/login'],
    ['markup', '<a href="https://evil.example">Gmail</a>'],
    ['turned text', '\u202ecod.exe\u2066'],
    ['a bare domain', 'evil.example'],
  ])('takes %s out of a title', async (_, title) => {
    const { subject, text, html } = await write({ ...mail, title });
    expect(subject).not.toMatch(/[\r\n<>@:/\u202a-\u202e\u2066-\u2069]|evil\.example|\.exe/u);
    for (const form of [text, html]) {
      expect(form).not.toMatch(/^Bcc|evil\.example|all@example|\p{Bidi_Control}/mu);
      expect(addressesIn(form)).toEqual([url, unsubscribeUrl]);
    }
  });

  it('has a word for a title, and for a product, of which nothing is left', async () => {
    const bare = createMailWriter({ views, productName: '://' });
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
    expect(text).toContain(`Account: ${identifier}\n`);
    expect(html).toContain(`<bdi>${escaped}</bdi>`);
  });

  it('keeps an identifier in one line, in the direction it is read', async () => {
    const { text, subject } = await write({ ...mail, identifier: 'ada\r\nBcc: x@y\u202e' });
    expect(text).toContain('Account: ada Bcc: x@y \n');
    expect(subject).not.toContain('ada');
  });
});
