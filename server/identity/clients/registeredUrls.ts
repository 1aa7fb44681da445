import { isLoopbackHost } from '../../kernel/loopback.js';
import { parsedUrl } from '../../kernel/parsedUrl.js';

/** Why an address can't be used to send browsers to. */
export type UrlFault =
  | 'no_url'
  | 'too_long'
  | 'odd_characters'
  | 'not_https'
  | 'fragment'
  | 'credentials'
  | 'wildcard';

export const urlMaxLength = 2000;

/** Blanks, and what a browser would drop or turn into something else before it goes there. */
const odd = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/u;

/**
 * Reads an address that an API client is registered with: https, or http on this machine while the app itself runs
 * for this machine alone.
 * @returns the address as browsers write it, which is how it is compared, or why it can't be used
 */
export function readRegisteredUrl(
  value: string,
  appOnLoopback: boolean,
): { readonly url: string } | { readonly fault: UrlFault } {
  if (value.length > urlMaxLength) return { fault: 'too_long' };
  if (odd.test(value)) return { fault: 'odd_characters' };
  if (value.includes('*')) return { fault: 'wildcard' };
  if (value.includes('#')) return { fault: 'fragment' };
  const url = /^https?:\/\/[^/]/i.test(value) ? parsedUrl(value) : null;
  if (url === null) return { fault: 'no_url' };
  // An empty name before the @ is dropped when it is parsed, so the text itself is looked at.
  if (/^[^/]*\/\/[^/?]*@/.test(value)) return { fault: 'credentials' };
  const onThisMachine = appOnLoopback && isLoopbackHost(url.hostname);
  if (url.protocol !== 'https:' && !onThisMachine) return { fault: 'not_https' };
  if (url.href.length > urlMaxLength) return { fault: 'too_long' };
  return { url: url.href };
}

/**
 * Whether an address is one of those that are registered. The two are the same text or they are not (RFC 9700, 4.1.3):
 * no prefix, no other spelling, no port or parameter more.
 */
export const isRegistered = (registered: readonly string[], url: string): boolean => registered.includes(url);
