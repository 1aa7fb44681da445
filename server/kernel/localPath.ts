import { routes } from '../paths.js';
import { parsedUrl } from './parsedUrl.js';

const maxLength = 2000;
const base = 'http://local.invalid';

/** Paths whose GET changes something. Nobody is redirected to them. */
const acting: readonly string[] = [routes.userVerify, routes.signInCallback];

/**
 * The one parser of addresses in a request that the browser is then sent to (`readRegisteredUrl` in
 * `identity/clients/registeredUrls.ts` reads those of other apps, which an admin registers). Accepts a path of this
 * app and nothing else: `//evil`, `/\evil`, `https:evil` and their encoded forms all name other hosts to
 * some browser (WHATWG URL treats `\` as `/` and drops tabs and line breaks).
 * @returns the path with its query, or null when it is not one of ours
 */
export function localPath(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > maxLength) return null;
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(value) || value.includes('\\')) return null;
  const url = parsedUrl(value, base);
  if (url === null) return null;
  // Express ignores case and a trailing slash when it matches a route.
  const acts = acting.includes(url.pathname.toLowerCase().replace(/\/$/, ''));
  if (url.origin !== base || url.pathname.startsWith('//') || acts) return null;
  return `${url.pathname}${url.search}`;
}
