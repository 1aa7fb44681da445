import type { LogoSize } from './logoFile.js';

/** The scopes of an API client. */
export const scopes = ['onboarding', 'status:read', 'users:write'] as const;
export type Scope = (typeof scopes)[number];

/** How an onboarding checks that the person at the browser is the user that it was made for. */
export const userChecks = ['confirm', 'sign_in', 'none'] as const;
export type UserCheck = (typeof userChecks)[number];

/** The checks that every client may ask for; any other has to be allowed for it by name. */
const checksOfAll: readonly UserCheck[] = ['confirm', 'sign_in'];

/** The kinds of a client's addresses that browsers are sent to. */
export const urlKinds = ['returnUrls', 'confirmUrls', 'refreshUrls'] as const;
export type UrlKind = (typeof urlKinds)[number];

/** What is set for a client. Addresses are as `readRegisteredUrl` gives them. */
export interface ClientSettings extends Readonly<Record<UrlKind, readonly string[]>> {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The checks that it may ask for besides those that every client may. */
  readonly moreUserChecks: readonly UserCheck[];
  /** Whether it may say where a mail to a user goes. */
  readonly mayGiveAddress: boolean;
}

/** The logo of a client, by the SHA-256 of its content in hexadecimal digits. */
export interface ClientLogo extends LogoSize {
  readonly hash: string;
}

/** Another app that may ask. Times are epoch milliseconds. */
export interface ApiClient extends ClientSettings {
  readonly id: string;
  readonly createdAt: number;
  /** The key of the principal that made it, or `command`. */
  readonly createdBy: string;
  readonly revokedAt: number | null;
  readonly logo: ClientLogo | null;
}

/** A client's key as it is stored: only the client has the key itself. */
export interface ApiClientKey {
  readonly id: string;
  readonly clientId: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

/** Whether a client may ask for a check of the user. */
export const mayAsk = (client: ClientSettings, check: UserCheck): boolean =>
  checksOfAll.includes(check) || client.moreUserChecks.includes(check);

/** Unique among principals of every kind, for records. */
export const clientKeyOf = ({ id }: Pick<ApiClient, 'id'>): string => `client:${id}`;

/** The id in the key of a principal, or null when it is none of a client. */
export const clientIdIn = (key: string): string | null => /^client:(.*)$/s.exec(key)?.[1] ?? null;

/** Whether a key opens anything at a moment. */
export const isLive = ({ revokedAt, expiresAt }: ApiClientKey, now: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now);
