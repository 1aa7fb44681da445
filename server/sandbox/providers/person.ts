import { createHash } from 'node:crypto';
import type { Account } from '../model.js';

/** Who an account at a provider belongs to. The ids are the same whenever the same account is used at the provider. */
export interface Person {
  /** The address, or whatever name the account was chosen by. */
  readonly account: string;
  readonly name: string;
  readonly givenName: string;
  readonly familyName: string;
  /** Lower-case letters and digits only. */
  readonly handle: string;
  /** A positive number of nine digits. */
  readonly number: number;
  /** 64 hexadecimal digits, for ids of any shape. */
  readonly hex: string;
}

const addressLike = /^[\w.+-]+@[\w.-]+$/;

/**
 * The accounts at a provider that the consent page offers to a user: the likely one, and one of theirs at home, so that
 * a connection can be made again with another account.
 */
export function providerAccountsFor(identifier: string): readonly [string, string] {
  const [local = ''] = identifier.split('@', 1);
  const safe = local.toLowerCase().replace(/[^a-z0-9._-]+/g, '-') || 'user';
  return [addressLike.test(identifier) ? identifier : `${safe}@example.com`, `${safe}@home.example`];
}

export const providerAccountOf = ({ providerAccount, identifier }: Account): string =>
  providerAccount ?? providerAccountsFor(identifier)[0];

/** The person behind an account at a provider. */
export function personAt(provider: string, account: string): Person {
  const hex = createHash('sha256').update(`${provider}\n${account.toLowerCase()}`).digest('hex');
  const [local = account, domain = ''] = account.split('@', 2);
  const words = addressLike.test(account) ? local.split(/[._+-]+/).map(capitalized) : [account];
  const givenName = words[0] || account;
  const familyName = words.slice(1).join(' ') || capitalized(domain.split('.', 1)[0] ?? '') || 'Sandbox';
  return {
    account,
    // Whatever is not an address is taken as a name, letter by letter.
    name: addressLike.test(account) ? `${givenName} ${familyName}` : account,
    givenName,
    familyName,
    handle: `${local}${domain.split('.', 1)[0]}`.toLowerCase().replace(/[^a-z0-9]/g, '') || 'user',
    number: 100_000_000 + (Number.parseInt(hex.slice(0, 8), 16) % 900_000_000),
    hex,
  };
}

const capitalized = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** An id as a UUID. */
export const uuidOf = ({ hex }: Person): string =>
  [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');

/** An id of upper-case letters and digits, as Slack and Salesforce have them. */
export const codeOf = ({ hex }: Person, length: number): string => hex.slice(0, length).toUpperCase();
