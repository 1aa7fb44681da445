import { ConfigError, readConfig } from '../../../server/config/config.js';
import { describe, expect, it } from '../../support/jest.js';

const from = { MAIL_FROM: 'accounts@example.com' };

function faults(env: Record<string, string>): string {
  try {
    readConfig(env);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe('the settings of mail', () => {
  it('have a server, whom mail comes from, and the time an account has to heal', () => {
    const url = 'smtp://ada%40example.com:p%3Ass@smtp.example.com:2525';
    const env = { SMTP_URL: url, MAIL_FROM: 'My product <a@example.com>', MAIL_GRACE_MINUTES: '0' };
    expect(readConfig(env).mail).toEqual({
      graceMs: 0,
      smtp: {
        host: 'smtp.example.com',
        port: 2525,
        secure: false,
        requireTls: true,
        credentials: { user: 'ada@example.com', password: 'p:ss' },
        ehloName: null,
        caFile: null,
        from: { name: 'My product', address: 'a@example.com' },
        replyTo: null,
        returnPath: 'a@example.com',
      },
    });
  });

  it.each([
    ['smtp://smtp.example.com', { port: 587, secure: false, requireTls: false, credentials: null }],
    ['smtps://u:p@smtp.example.com', { port: 465, secure: true, requireTls: false }],
    ['smtp://u:p@127.0.0.1:25/', { port: 25, host: '127.0.0.1', requireTls: false }],
    ['smtp://[::1]:25', { port: 25, host: '::1' }],
  ])('takes %s, and asks for TLS where a password leaves the machine', (url, expected) => {
    expect(readConfig({ ...from, SMTP_URL: url }).mail.smtp).toMatchObject(expected);
  });

  it.each([
    'https://smtp.example.com',
    'smtp.example.com:25',
    'smtp://',
    'smtp://u:very-secret@',
    'smtp://u@smtp.example.com',
    'smtp://:very-secret@smtp.example.com',
    'smtp://u:very-secret%@smtp.example.com',
    'smtp://u:very-secret@smtp.example.com/path',
    'smtp://u:very-secret@smtp.example.com?tls.rejectUnauthorized=false',
    'smtp://u:very-secret@exa mple.com',
  ])('refuses %j, and does not repeat it', (url) => {
    expect(faults({ ...from, SMTP_URL: url })).toMatch(/has a fault:\n {2}- SMTP_URL must be smtp:/);
    expect(faults({ ...from, SMTP_URL: url })).not.toContain('very-secret');
  });

  it.each([
    'nobody',
    'a@b, c@d',
    'A <a@b',
    'A <a@b>\r\nBcc: c@d',
    '"A" <a@b>',
    'A\u202e <a@b>',
    'A <a@b> <c@d>',
  ])('refuses to send as %j', (address) => {
    expect(faults({ SMTP_URL: 'smtp://localhost', MAIL_FROM: address })).toMatch(/- MAIL_FROM must be/);
  });

  it('have the answers, the returns, the name of the client and an authority of one’s own, which wants encryption', () => {
    const env = {
      SMTP_URL: 'smtp://smtp.example.com',
      MAIL_FROM: 'a@example.com',
      MAIL_REPLY_TO: 'Support <support@example.com>',
      MAIL_RETURN_PATH: 'bounces@example.com',
      SMTP_EHLO_NAME: '[192.0.2.1]',
      SMTP_CA_FILE: '/etc/ssl/ca.pem',
    };
    expect(readConfig(env).mail.smtp).toMatchObject({
      requireTls: true,
      replyTo: { name: 'Support', address: 'support@example.com' },
      returnPath: 'bounces@example.com',
      ehloName: '[192.0.2.1]',
      caFile: '/etc/ssl/ca.pem',
    });
  });

  it.each([
    ['MAIL_REPLY_TO', 'nobody', /must be an address/],
    ['MAIL_RETURN_PATH', 'a@b, c@d', /must be an address/],
    ['SMTP_EHLO_NAME', 'a b', /must be a host name/],
    ['SMTP_EHLO_NAME', 'a\r\nMAIL', /must be a host name/],
  ])('refuse %s=%j, and want a mail server with it', (name, value, words) => {
    expect(faults({ ...from, SMTP_URL: 'smtp://localhost', [name]: value })).toMatch(words);
    expect(faults({ [name]: value })).toContain(`SMTP_URL is required together with ${name}`);
  });

  it('want the server and the sender together', () => {
    expect(faults({ SMTP_URL: 'smtp://localhost' })).toContain(
      'MAIL_FROM is required together with SMTP_URL',
    );
    expect(faults(from)).toContain('SMTP_URL is required together with MAIL_FROM');
    expect(faults({ MAIL_GRACE_MINUTES: '-1' })).toContain('MAIL_GRACE_MINUTES must be a whole number');
    expect(faults({ MAIL_GRACE_MINUTES: '10081' })).toContain('MAIL_GRACE_MINUTES must be a whole number');
  });
});
