import { type Request, type RequestHandler, Router, raw } from 'express';
import { bounded } from '../http/bodies.js';
import { badRequest } from '../http/commonErrors.js';
import { queryParam } from '../http/params.js';
import { DomainError } from '../kernel/errors.js';
import { paths, routes } from '../paths.js';
import { told } from '../words/words.js';
import type { Mails } from './mails.js';
import type { Addressee } from './unsubscribeLinks.js';

/** What a mail program posts (RFC 8058, section 3.1). The form of our own page posts the same. */
const field = { name: 'List-Unsubscribe', value: 'One-Click' } as const;

/** Far more than that one field takes, as multipart too. */
const limit = 4 * 1024;

const body = bounded(limit, raw({ type: () => true, limit, inflate: false }));

const linkUnknown = () =>
  new DomainError({
    code: 'unsubscribe_link_unknown',
    status: 410,
    level: 'info',
    told: told('mails.unsubscribe.unknown'),
    wayBack: false,
    nextSteps: (t) => [
      { label: t('mails.unsubscribe.account'), url: paths.account, method: 'get', filled: true },
    ],
  });

/** Whether a form asks to turn mail off, whichever of the two types of a form it has. */
async function asksToUnsubscribe(request: Request): Promise<boolean> {
  const sent: unknown = request.body;
  if (!Buffer.isBuffer(sent)) return false;
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(new Uint8Array(sent), { headers }).formData().catch((error) => {
    throw badRequest(error);
  });
  return form.get(field.name) === field.value;
}

/**
 * Where mail is turned off without a sign-in: by a mail program with one POST (RFC 8058), or by a person on the page.
 * It needs no session, no cookie and no CSRF token: the sealed token in the query is the proof. It never turns mail on.
 * @param limitPosts limits the requests of one address
 */
export function unsubscribeRoutes(
  { unsubscribeLinks, recipients }: Pick<Mails, 'unsubscribeLinks' | 'recipients'>,
  limitPosts: RequestHandler,
): Router {
  const router = Router();

  /** @throws DomainError when the link is none of ours, or its secret was replaced */
  function addresseeOf(request: Request): Addressee {
    const token = queryParam(request, 'token');
    const addressee = token === null ? null : unsubscribeLinks.addresseeOf(token);
    if (addressee === null) throw linkUnknown();
    return addressee;
  }

  // Scanners of mail follow links, so that looking changes nothing.
  router.get(routes.unsubscribe, (request, response) => {
    const { address } = addresseeOf(request);
    response.setHeader('Cache-Control', 'no-store');
    response.render('pages/unsubscribe', { address, field, url: request.originalUrl, done: false });
  });

  router.post(routes.unsubscribe, limitPosts, body, async (request, response) => {
    const addressee = addresseeOf(request);
    if (!(await asksToUnsubscribe(request))) throw badRequest();
    await recipients.declineAddress(addressee);
    response.setHeader('Cache-Control', 'no-store');
    // No redirect: RFC 8058 forbids it, since mail programs don't follow one.
    response.render('pages/unsubscribe', { address: addressee.address, field, url: '', done: true });
  });

  return router;
}
