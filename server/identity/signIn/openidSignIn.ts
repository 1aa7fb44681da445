import { type Request, type Response, Router } from 'express';
import { queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import { hashed } from '../../kernel/hashed.js';
import { paths, routes } from '../../paths.js';
import type { AuditType } from '../../store/auditTrail.js';
import { principalOf } from '../principal.js';
import { type ClaimRules, type Identity, identityOf, lacksClaims } from './claims.js';
import type { OpenidAnswer, OpenidProvider } from './openidProvider.js';
import { orFailure, type SignInFailureCode, SignInRefusal, signInFailure } from './signInFailures.js';
import { askedPage, requireOwnForm, type SignInGuards, type SignInPage, sentForm } from './signInForm.js';
import type { SignInTry, SignInTryStore } from './signInTryStore.js';
import { type SignInRecords, signIn } from './signingIn.js';

export interface OpenidSignInOptions extends SignInRecords, SignInGuards {
  readonly openid: OpenidProvider;
  readonly tries: SignInTryStore;
  readonly rules: ClaimRules;
}

const tryLastsMs = 10 * 60_000;

const refusalTypes: Partial<Record<SignInFailureCode, AuditType>> = {
  other_browser: 'security.sign_in_other_browser',
  answer_not_trusted: 'security.sign_in_not_trusted',
  other_subject: 'security.sign_in_other_subject',
};

/**
 * Sign-in at an OpenID provider: authorization code with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636). The
 * page has a button and does not lead on by itself, since beginning a try writes, and a GET here only reads.
 */
export function openidSignIn(options: OpenidSignInOptions): Router {
  const { openid, tries, rules, audit, csrf, requireHttps, requireDatabase, limitSignIns } = options;
  const router = Router();

  async function showPage(request: Request, response: Response, page: SignInPage): Promise<void> {
    await orFailure(page.returnTo, () => openid.check());
    response.render('pages/openidSignIn', {
      ...page,
      reference: String(request.id),
      csrfToken: csrf.token(request, response),
    });
  }

  router.get(routes.signIn, requireHttps, requireDatabase, async (request, response) => {
    const page = askedPage(request);
    if (principalOf(request) !== null && !page.another)
      return response.redirect(303, page.returnTo ?? paths.connections);
    await showPage(request, response, page);
  });

  const ownForm = requireOwnForm(csrf, showPage);

  const guards = [requireHttps, requireDatabase, ownForm, limitSignIns];

  router.post(routes.signIn, guards, async (request: Request, response: Response) => {
    const { returnTo, another } = sentForm(request);
    const secrets = openid.newSecrets();
    const url = await orFailure(returnTo, () => openid.authorizationUrl(secrets, another));
    const { state, nonce, codeVerifier } = secrets;
    const expiresAt = Date.now() + tryLastsMs;
    await tries.create(state, {
      browserHash: hashed(csrf.browserOf(request, response)),
      nonce,
      codeVerifier,
      returnTo,
      expiresAt,
    });
    response.redirect(303, url);
  });

  // Express answers HEAD by the handler of GET, which acts here; scanners of links send it.
  router.head(routes.signInCallback, (_request, response) => {
    response.setHeader('Allow', 'GET');
    response.status(405).end();
  });

  /** A GET that acts, since the provider sends the browser here. */
  router.get(routes.signInCallback, requireHttps, async (request, response) => {
    const state = queryParam(request, 'state');
    const begun = state === null ? null : await tries.take(state);
    if (state === null || begun === null) throw signInFailure(new SignInRefusal('state_unknown'), null);
    await orFailure(begun.returnTo, () =>
      recordingRefusals(request, () => finish(request, response, state, begun)),
    );
    response.redirect(303, begun.returnTo ?? paths.connections);
  });

  async function finish(request: Request, response: Response, state: string, begun: SignInTry) {
    const browserHash = hashed(csrf.knownBrowserOf(request) ?? '');
    if (begun.browserHash !== browserHash) throw new SignInRefusal('other_browser');
    if (begun.expiresAt <= Date.now()) throw new SignInRefusal('try_expired');
    const query = request.originalUrl.split('?').slice(1).join('?');
    const answer = await openid.finish(query, { ...begun, state });
    await signIn(request, { ...(await whoIs(answer)), idToken: answer.idToken }, options);
    // The hash changes, so that a planted one is worth nothing after the sign-in. The tries of other tabs go on.
    await tries.move(browserHash, hashed(csrf.renewBrowser(response)));
  }

  async function whoIs({ claims, userInfo }: OpenidAnswer): Promise<Identity> {
    const more = lacksClaims(claims, rules) ? await userInfo() : null;
    return identityOf(more === null ? [claims] : [claims, more], rules);
  }

  async function recordingRefusals(request: Request, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (error instanceof SignInRefusal) {
        await audit.record({
          type: refusalTypes[error.code] ?? 'user.sign_in_refused',
          actor: null,
          identifier: error.identifier,
          ...requestInfo(request),
          detail: error.message,
        });
      }
      throw error;
    }
  }

  return router;
}
