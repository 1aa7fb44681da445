import { personAt, providerAccountsFor } from '../../../server/sandbox/providers/person.js';
import { describe, expect, it } from '../../support/jest.js';

describe('the accounts that the consent page of the sandbox offers', () => {
  it.each([
    ['ada@example.com', 'ada@example.com', 'ada@home.example'],
    ['user_123', 'user_123@example.com', 'user_123@home.example'],
    ['<script>"\'', '-script-@example.com', '-script-@home.example'],
    ['日本語', '-@example.com', '-@home.example'],
    ['@', 'user@example.com', 'user@home.example'],
  ])('are derived from the identifier %j', (identifier, likely, other) => {
    expect(providerAccountsFor(identifier)).toEqual([likely, other]);
  });
});

describe('the person behind an account at a provider', () => {
  it('is the same whenever the account is, and another at another provider or with another account', () => {
    const ids = (provider: string, account: string) => personAt(provider, account).hex;
    expect(ids('GMAIL', 'ada@example.com')).toBe(ids('GMAIL', 'Ada@Example.com'));
    expect(ids('GMAIL', 'ada@example.com')).not.toBe(ids('SLACK', 'ada@example.com'));
    expect(ids('GMAIL', 'ada@example.com')).not.toBe(ids('GMAIL', 'ada@home.example'));
  });

  it('has a name made of the address, or whatever else the account was called', () => {
    expect(personAt('GMAIL', 'ada.lovelace@example.com').name).toBe('Ada Lovelace');
    expect(personAt('GMAIL', 'ada@home.example').name).toBe('Ada Home');
    expect(personAt('GMAIL', '<b>Ada</b>').name).toBe('<b>Ada</b>');
  });
});
