import { type Request, type Response, Router } from 'express';
import { queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import { hashed } from '../../kernel/hashed.js';
import { paths, routes } from '../../paths.js';
import type { AuditType } from '../../store/auditTrail.js';
import { principalOf, type SignedInUser } from '../principal.js';
import { rolesLeftOut } from '../roles.js';
import {
  type ClaimRules,
  type Claims,
  hasIdentifier,
  type Identity,
  identityOf,
  lacksClaims,
  toldIn,
} from './claims.js';
import type { OpenidAnswer, OpenidLogger, OpenidProvider } from './openidProvider.js';
import { orFailure, type SignInFailureCode, SignInRefusal } from './signInFailures.js';
import {
  adviceFor,
  askedPage,
  requireOwnForm,
  type SignInGuards,
  type SignInPage,
  sentForm,
} from './signInForm.js';
import type { SignInTry, SignInTryStore } from './signInTryStore.js';
import type { SignInReport, SignInWatchStore } from './signInWatchStore.js';
import { type SignInRecords, signIn } from './signingIn.js';

export interface OpenidSignInOptions extends SignInRecords, SignInGuards {
  readonly openid: OpenidProvider;
  readonly tries: SignInTryStore;
  readonly watches: SignInWatchStore;
  readonly rules: ClaimRules;
  readonly logger: OpenidLogger;
}

/** What the provider has told so far in a sign-in. */
interface Told {
  readonly documents: Claims[];
  userInfoRefused: boolean;
}

const tryLastsMs = 10 * 60_000;

/** What may go wrong with userinfo where the ID token is enough. An answer about somebody else may not. */
const dispensable: readonly SignInFailureCode[] = ['userinfo_refused', 'provider_unreachable'];

/** How a callback ends that somebody made up. */
const endsOfGuesses: readonly SignInFailureCode[] = ['state_unknown', 'other_browser', 'code_refused'];

const refusalTypes: Partial<Record<SignInFailureCode, AuditType>> = {
  other_browser: 'security.sign_in_other_browser',
  answer_not_trusted: 'security.sign_in_not_trusted',
  other_subject: 'security.sign_in_other_subject',
};

/**
 * Sign-in at an OpenID provider: authorization code with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636). The
 * page has a button, since beginning a try writes, and a GET here only reads. Where the browser was led here from a
 * page that needs a sign-in, a script presses it, unless there is something to read first.
 */
export function openidSignIn(options: OpenidSignInOptions): Router {
  const { openid, tries, watches, rules, logger, audit } = options;
  const { csrf, requireHttps, requireDatabase, signInLimit, byClick } = options;
  const router = Router();

  async function showPage(request: Request, response: Response, page: SignInPage): Promise<void> {
    await orFailure(page.returnTo, () => openid.check());
    const advice = adviceFor(response, page);
    response.render('pages/openidSignIn', {
      ...page,
      advice,
      goesOn: advice === null && goesOn(request, page),
      reference: String(request.id),
      csrfToken: csrf.token(request, response),
    });
  }

  /** Whether a page that needs a sign-in led the browser here, for which nobody has to press a button. */
  const goesOn = (request: Request, { returnTo, another, stale }: SignInPage): boolean =>
    returnTo !== null && !another && !stale && !byClick.isNeeded(request);

  router.get(routes.signIn, requireHttps, requireDatabase, async (request, response) => {
    const page = askedPage(request);
    if (principalOf(request) !== null && !page.another)
      return response.redirect(303, page.returnTo ?? paths.connections);
    await showPage(request, response, page);
  });

  const ownForm = requireOwnForm(csrf, showPage);

  const guards = [requireHttps, requireDatabase, ownForm, ...signInLimit.guards];

  router.post(routes.signIn, guards, async (request: Request, response: Response) => {
    const { returnTo, another } = sentForm(request);
    const secrets = openid.newSecrets();
    const url = await orFailure(returnTo, () =>
      openid.authorizationUrl(secrets, { another, language: request.t.language }),
    );
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
    const returnTo = begun?.returnTo ?? null;
    const step = async () => {
      if (state === null || begun === null) throw new SignInRefusal('state_unknown');
      await recordingRefusals(request, () =>
        reported((told) => finish(request, response, state, begun, told)),
      );
    };
    await orFailure(returnTo, () => limitingGuesses(request, step)).catch((error) => {
      byClick.failed(response);
      throw error;
    });
    byClick.succeeded(request, response);
    response.redirect(303, returnTo ?? paths.connections);
  });

  async function limitingGuesses(request: Request, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (error instanceof SignInRefusal && endsOfGuesses.includes(error.code))
        await signInLimit.guessed(request);
      throw error;
    }
  }

  async function finish(
    request: Request,
    response: Response,
    state: string,
    begun: SignInTry,
    told: Told,
  ): Promise<SignedInUser> {
    const browserHash = hashed(csrf.knownBrowserOf(request) ?? '');
    if (begun.browserHash !== browserHash) throw new SignInRefusal('other_browser');
    if (begun.expiresAt <= Date.now()) throw new SignInRefusal('try_expired');
    const query = request.originalUrl.split('?').slice(1).join('?');
    const answer = await openid.finish(query, { ...begun, state });
    const identity = await whoIs(answer, told);
    await signIn(request, { ...identity, idToken: answer.idToken }, options);
    await signInLimit.succeeded(request);
    if (identity.user.rolesLeftOut) tellOfRoles(request);
    // The hash changes, so that a planted one is worth nothing after the sign-in. The tries of other tabs go on.
    await tries.move(browserHash, hashed(csrf.renewBrowser(response)));
    return identity.user;
  }

  /** Runs a sign-in, and reports what came of it to an operator who waits for one. */
  async function reported(step: (told: Told) => Promise<SignedInUser>): Promise<void> {
    const told: Told = { documents: [], userInfoRefused: false };
    const report = (outcome: SignInReport['outcome']) => {
      const { documents, userInfoRefused } = told;
      return watches.tell(() => ({ ...toldIn(documents, rules), userInfoRefused, outcome }));
    };
    try {
      const { identifier, displayName, role } = await step(told);
      await report({ identifier, displayName, role });
    } catch (error) {
      if (error instanceof SignInRefusal) await report({ refused: error.code, detail: error.detail });
      throw error;
    }
  }

  function tellOfRoles(request: Request): void {
    rolesLeftOut.leave(request, true);
    const words =
      'the OpenID provider did not tell the roles of a user: see "Groups that are left out" in providers.md';
    logger.warn({ reference: request.id, claim: rules.roles.claim?.name }, words);
  }

  async function whoIs({ claims, userInfo }: OpenidAnswer, told: Told): Promise<Identity> {
    told.documents.push(claims);
    if (!lacksClaims(claims, rules)) return identityOf(told.documents, rules);
    try {
      const more = await userInfo();
      if (more !== null) told.documents.push(more);
    } catch (error) {
      const refused = error instanceof SignInRefusal && dispensable.includes(error.code);
      told.userInfoRefused = refused;
      if (!refused || !hasIdentifier(claims, rules)) throw error;
      logger.warn(
        { err: error },
        'the OpenID provider refused userinfo, so a user is signed in by the ID token alone',
      );
    }
    return identityOf(told.documents, rules, told.userInfoRefused);
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
