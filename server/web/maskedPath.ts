/** What follows the parts of a path that lead to one user; routes take them in any case. */
const ofUser = /(\/(?:admin|api\/+v1)\/+users\/+)[^/]+/i;
/** What looks like an address anywhere else, such as behind a part that was misspelled. */
const address = /@|%40/;

/** What somebody else said, without the mail addresses in it. */
export const withoutAddresses = (text: string): string =>
  text.replace(/[^\s'"<>()]+/g, (word) => (address.test(word) ? ':masked' : word));

/**
 * The path of a URL without its query string, in which `state` and `auth_request_id` travel, and without identifiers:
 * what is written down outlives the users that are erased.
 */
export function maskedPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  const masked = path.replace(ofUser, '$1:identifier');
  if (!address.test(masked)) return masked;
  return masked
    .split('/')
    .map((part) => (address.test(part) ? ':masked' : part))
    .join('/');
}
