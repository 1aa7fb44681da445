/*
 * What others have worded, as the log may keep it: providers, servers and libraries put addresses, tokens and whole URLs
 * into their messages, and the log outlives users who were erased.
 */

export const mask = ':masked';

/** What looks like a mail address, as it is or encoded, however often. */
export const address = /[@\uFE6B\uFF20]|%(?:25)*40|&#(?:0*64|x0*40);|\\u0040/i;

/** A package's folder has nothing before the `@` of its scope. A mail address has. */
const addressInFrame = /[^/]@|[\uFE6B\uFF20]|%(?:25)*40|&#(?:0*64|x0*40);|\\u0040/i;

const maskWords = (text: string, secret: RegExp): string =>
  text.replace(/[^\s'"<>()]+/g, (word) => (secret.test(word) ? mask : word));

/** The query of a URL or path, and its fragment, which holds tokens in some flows. */
const query = /[?#](?=[\w.~%-]+=)[^\s'"<>()]*/g;
/** A value whose name says that it is secret, as queries and JSON write it. */
const named =
  /\b((?:access_?|refresh_?|id_?)?token|code|client_?secret|secret|password|assertion|state|api_?key)(["']?=["']?|["']\s*:\s*["'])[\w.~+/%=-]{6,}/gi;
/** The beginnings that well-known tokens have: JWTs, Slack's, GitHub's, Google's, and those of API keys. */
const known = /\b(?:eyJ[\w-]{5,}|xox[a-z]-|gh[a-z]_|github_pat_|ya29\.|sk[-_]|whsec_)[\w.~+/=-]*/g;
/** An Authorization header. Mere words after its scheme have no digit. */
const bearer = /\b(bearer|basic)\s+(?=\S*\d)[\w.~+/=-]{8,}/gi;
const withoutTokens = (text: string): string =>
  text
    .replace(query, `?${mask}`)
    .replace(bearer, `$1 ${mask}`)
    .replace(named, `$1$2${mask}`)
    .replace(known, mask);

/** A foreign text without mail addresses, tokens and the queries of URLs. */
export const masked = (text: string): string => withoutTokens(maskWords(text, address));

/** A foreign text as the log keeps it: masked, on one line, without bidirectional marks, and cut. */
export const toldByOthers = (text: string, maxLength: number): string =>
  masked(text.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, ' ')).slice(0, maxLength);

const isFrame = (line: string): boolean => /^\s+at /.test(line);

/** The stack of an error, masked as its message is; foreign words in either could look like a frame. */
export const maskedStack = ({ message, stack = '' }: Error): string =>
  stack
    .replace(message, () => masked(message))
    .split('\n')
    .map((line) => (isFrame(line) ? withoutTokens(maskWords(line, addressInFrame)) : masked(line)))
    .join('\n');
