import { address, mask } from './maskedText.js';

/** What follows the parts of a path that lead to one user; routes take them in any case. */
const ofUser = /(\/(?:admin|api\/+v1)\/+users\/+)[^/]+/i;

/**
 * The path of a URL without its query string, which carries `state` and `auth_request_id`, and without identifiers: the
 * log outlives users who were erased.
 */
export function maskedPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  const ofNobody = path.replace(ofUser, '$1:identifier');
  // An address may also stand anywhere else, such as behind a part that was misspelled.
  if (!address.test(ofNobody)) return ofNobody;
  return ofNobody
    .split('/')
    .map((part) => (address.test(part) ? mask : part))
    .join('/');
}
