import {
  type ProviderQuestion,
  questionOf,
  readProviderAccount,
} from '../../../../server/accounts/connectedAs/providerQuestions.js';
import { describe, expect, it } from '../../../support/jest.js';

const questionFor = (provider: string): ProviderQuestion => {
  const question = questionOf(provider);
  if (question === null) throw new Error(`nothing is asked of ${provider}`);
  return question;
};

const read = (provider: string, answer: unknown) =>
  readProviderAccount(questionFor(provider), typeof answer === 'string' ? answer : JSON.stringify(answer));

/** Answers as the providers' own documents show them, shortened. */
const answers: readonly (readonly [provider: string, answer: unknown, name: string])[] = [
  ['GMAIL', { emailAddress: 'ada@gmail.com', messagesTotal: 4, historyId: '9' }, 'ada@gmail.com'],
  ['OUTLOOK', { id: '48d31887', displayName: 'Ada L', mail: 'ada@contoso.com' }, 'ada@contoso.com'],
  [
    'OUTLOOK',
    { id: '48d31887', mail: null, userPrincipalName: 'ada@contoso.onmicrosoft.com' },
    'ada@contoso.onmicrosoft.com',
  ],
  ['GITHUB', { login: 'octocat', id: 583231, email: null }, 'octocat'],
  ['SLACK', { ok: true, team: 'Acme', user: 'ada', team_id: 'T1', user_id: 'W1' }, 'ada · Acme'],
  [
    'NOTION',
    { object: 'user', id: 'b1', type: 'bot', bot: { workspace_name: 'Acme', owner: { type: 'workspace' } } },
    'Acme',
  ],
  ['HUBSPOT', { portalId: 62515, uiDomain: 'app.hubspot.com' }, 'app.hubspot.com'],
  [
    'SALESFORCE',
    { user_id: '005', organization_id: '00D', preferred_username: 'ada@acme.com' },
    'ada@acme.com',
  ],
  ['JIRA', { account_id: '5d', email: 'ada@acme.com', name: 'Ada' }, 'ada@acme.com'],
  ['LINEAR', { data: { viewer: { id: 'u1', name: 'Ada', email: 'ada@acme.com' } } }, 'ada@acme.com'],
  ['ASANA', { data: { gid: '12', name: 'Ada', email: 'ada@acme.com' } }, 'ada@acme.com'],
  ['AIRTABLE', { id: 'usr1', email: 'ada@acme.com' }, 'ada@acme.com'],
  ['ZOOM', { id: 'z1', email: 'ada@acme.com' }, 'ada@acme.com'],
  ['DROPBOX', { account_id: 'dbid:1', email: 'ada@acme.com', name: { display_name: 'Ada' } }, 'ada@acme.com'],
  ['GOOGLEDRIVE', { user: { emailAddress: 'ada@gmail.com', permissionId: '1' } }, 'ada@gmail.com'],
];

describe('the account at a provider', () => {
  it.each(answers)('is read from what %s answers: %j', (provider, answer, name) => {
    expect(read(provider, answer)).toMatchObject({ name, id: expect.stringMatching(/./) });
  });

  it('is the same account whatever its owner calls themselves, and another one with another id', () => {
    const [first, renamed, other] = [
      read('GITHUB', { login: 'octocat', id: 1 }),
      read('GITHUB', { login: 'hubot', id: 1 }),
      read('GITHUB', { login: 'octocat', id: 2 }),
    ];
    expect(renamed?.id).toBe(first?.id);
    expect(other?.id).not.toBe(first?.id);
  });

  it('takes no markup for anything but text, and nothing that turns, hides or breaks it', () => {
    const hostile = '<b>a</b>\u202Emoc.liamg@ada\u2066\u200B\r\nBcc: all\u0000';
    const account = read('GMAIL', { emailAddress: hostile });
    expect(account?.name).toContain('<b>');
    expect(account?.name).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B\r\n\0]/);
    expect(read('GMAIL', { emailAddress: 'x'.repeat(5000) })).toBeNull();
    expect(read('GITHUB', { login: 'x'.repeat(5000), id: 1 })?.name).toHaveLength(100);
  });

  it.each([
    ['HTML', '<!doctype html><title>Sign in</title>'],
    ['nothing', ''],
    ['half an answer', '{"emailAddress":"ada@'],
    ['null', 'null'],
    ['a list', '[]'],
    ['another shape', '{"emailAddress":{"value":"ada@gmail.com"}}'],
    ['an error', '{"error":{"code":403}}'],
    ['a blank name', '{"emailAddress":"\\u200b "}'],
    ['what is inherited by every object', '{}'],
  ])('is not told by %s', (_, text) => {
    expect(read('GMAIL', text)).toBeNull();
  });

  it('is not read through what every object inherits', () => {
    const question = { method: 'GET', path: '/', name: ['constructor.name'], id: ['toString.name'] } as const;
    expect(readProviderAccount(question, '{}')).toBeNull();
    expect(questionOf('constructor')).toBeNull();
  });
});
