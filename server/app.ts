import express, { type Express, type RequestHandler } from 'express';
import { flowRoutes, pollRoutes, userFlows, userPolls } from './accounts/flow/flowRoutes.js';
import { verifyRoutes } from './accounts/flow/verifyRoutes.js';
import { accountRoutes } from './accounts/list/accountRoutes.js';
import { logoLocals } from './accounts/list/logos.js';
import { eventRoutes } from './accounts/live/eventRoutes.js';
import { adminRoutes } from './admin/adminRoutes.js';
import { logoUpload } from './admin/clients/logoUpload.js';
import { apiRoutes } from './api/apiRoutes.js';
import type { Dependencies } from './composition.js';
import { runUnder } from './http/basePath.js';
import { endUnreadBodies, formBodies } from './http/bodies.js';
import { compressAnswers } from './http/compression.js';
import { errorHandler, nothingHere } from './http/errorHandler.js';
import { aliveRoute, readyRoute } from './http/health.js';
import { readIdentifiers } from './http/identifierForm.js';
import { inAppLocals } from './http/inAppBrowser.js';
import { createLanguages } from './http/language.js';
import { pageLocals, userLocals } from './http/locals.js';
import { logRequests } from './http/logging.js';
import { noMetrics } from './http/metrics/metrics.js';
import { measureRequests } from './http/metrics/metricsRequests.js';
import { metricsRoutes } from './http/metrics/metricsRoutes.js';
import { publicFiles } from './http/publicFiles.js';
import { answerNoPath } from './http/requestTarget.js';
import { aliasHost } from './http/security/aliasHost.js';
import { canonicalHost } from './http/security/canonicalHost.js';
import { addressKeyOf, withoutPort } from './http/security/clientAddress.js';
import { createCsrf } from './http/security/csrf.js';
import { requireDatabase } from './http/security/databaseGuard.js';
import { createHttpsCheck } from './http/security/httpsCheck.js';
import { perMinute } from './http/security/rateLimits.js';
import { securityHeaders } from './http/security/securityHeaders.js';
import { lookedAtSessions, sessions } from './http/security/session.js';
import { accountPage } from './identity/accountPage.js';
import { logoRoutes } from './identity/clients/logoRoutes.js';
import { answerInOwnLanguage, languageRoutes, speakOwnLanguage } from './identity/ownLanguage.js';
import { principalOf } from './identity/principal.js';
import { backchannelLogoutRoutes } from './identity/signIn/backchannelLogout.js';
import { createSignInByClick } from './identity/signIn/signInByClick.js';
import { createSignInLimit } from './identity/signIn/signInLimit.js';
import { signInRoutes } from './identity/signIn/signInRoutes.js';
import { signOutRoutes } from './identity/signIn/signOut.js';
import { basePathOf } from './kernel/basePath.js';
import { hashed } from './kernel/hashed.js';
import { limitTime } from './kernel/requestBudget.js';
import { outboxRoutes } from './notify/outboxRoutes.js';
import { unsubscribeRoutes } from './notify/unsubscribeRoutes.js';
import { createOnboardingPages } from './onboarding/pages/pageRoutes.js';
import { paths, routes } from './paths.js';
import { styleguideRoutes } from './styleguide/styleguideRoutes.js';
import { webhookRoutes } from './webhooks/webhookRoutes.js';

/** What a form may lead to besides https, where these stand in for the real ones on this machine. */
const formOriginsOf = ({ sandboxOrigin, openid }: Dependencies) =>
  [sandboxOrigin, openid?.origin].flatMap((origin) => (origin?.startsWith('http:') ? [origin] : []));

/** A provider ends many sessions from one address, as when an administrator signs everybody out. */
const logoutsPerMinute = 1200;
/** A provider of mail posts for all its users from a few addresses. */
const unsubscribesPerMinute = 600;

/** Builds the app. It listens nowhere and starts nothing. */
export function createApp(deps: Dependencies): Express {
  const { config, logger } = deps;
  const { publicUrl } = config;
  const https = publicUrl.startsWith('https:');
  const basePath = basePathOf(publicUrl);
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  // Express compares the text in X-Forwarded-For as it is.
  const isProxy = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  app.set('trust proxy', (address: string, hop: number) => isProxy(withoutPort(address), hop));
  app.set('query parser', 'simple');
  app.set('views', deps.folders.views);
  app.set('view engine', 'ejs');
  app.set('view cache', true);
  // Views name what they take: EJS would look each name up in `with`, which makes a page about three times as dear.
  app.set('view options', { _with: false });
  // No page is stored, so a hash of each would be for nothing.
  app.disable('etag');
  // Outside production Express would answer an error of its own with a stack trace.
  app.set('env', 'production');
  const ofEveryPage = pageLocals({
    assets: deps.assets,
    brand: deps.brand,
    sandbox: config.loopback && deps.sandboxOrigin !== null,
  });
  Object.assign(app.locals, ofEveryPage);

  const languages = createLanguages(deps.dictionary, publicUrl);
  app.use(languages.choose);
  app.use(logoLocals);
  app.use(readIdentifiers(deps.identifiers.canonical));
  app.use(endUnreadBodies);
  // What is for the machines that run this is at the root alone: what a proxy hides there is hidden, whatever the base path.
  app.use(
    readyRoute({
      databaseState: deps.databaseState,
      isDraining: () => deps.draining?.began ?? false,
      scalekitHealth: deps.scalekitHealth,
      eventLog: deps.webhooks.log.health,
      signIn: () => ({ mode: config.signIn.mode, ...deps.openid?.health() }),
    }),
  );
  const { tokens, listener } = config.metrics;
  if (tokens.length > 0 && listener === null) app.use(metricsRoutes(deps.metrics, tokens));
  const border = basePath === '' ? null : runUnder(app, basePath);
  if (border !== null) app.use(border.enter);
  app.use(aliveRoute());
  if (deps.metrics !== noMetrics) app.use(measureRequests(deps.metrics));
  app.use(limitTime(deps.requestBudgetMs));
  app.use(logRequests(logger));
  // Under a path others have a say on this host: for its ports, its subdomains and its other paths the proxy decides.
  app.use(securityHeaders({ httpsOnly: https && basePath === '', formOrigins: formOriginsOf(deps) }));
  app.use(answerNoPath);
  if (border !== null) app.use(border.refuseOutside);
  if (config.loopback) app.use(canonicalHost(publicUrl));
  const ofUsers = {
    secrets: deps.sessionSecrets,
    publicUrl,
    store: deps.sessionStore,
    endsWithBrowser: config.sessionEndsWithBrowser,
  };
  const toPublicHost = config.loopback ? [] : [aliasHost(publicUrl, logger)];
  const { arrive: webhooksArrive } = deps.webhooks.health;
  // Before what only pages need: polls come more often than everything else, and a stream holds on to all that its request went through.
  app.use(
    pollRoutes(
      { ...deps, webhooksArrive },
      userPolls(ofUsers, deps.flowPolls, toPublicHost, answerInOwnLanguage(deps.dictionary)),
    ),
  );
  const readSession = lookedAtSessions({ ...ofUsers, prolongs: false }, (_request, sid) =>
    deps.sessionStore.read(sid),
  );
  app.use(eventRoutes({ ...deps, readSession }));
  const { signature, recorder } = deps.webhooks;
  app.use(webhookRoutes({ signature, recorder }));
  app.use(compressAnswers());
  app.use(publicFiles({ assets: deps.assets, faviconUrl: ofEveryPage.brand.faviconUrl }));
  app.use(logoRoutes(deps.apiClients));
  const limitAddress = (name: string, points: number) =>
    perMinute({ name, points, pool: deps.pool, keyOf: addressKeyOf });
  app.use(backchannelLogoutRoutes(deps, limitAddress('backchannel_logout', logoutsPerMinute)));
  app.use(unsubscribeRoutes(deps.mails, limitAddress('unsubscribe', unsubscribesPerMinute)));
  app.use(apiRoutes(deps));
  app.use(languages.ofPages);
  app.use(inAppLocals(publicUrl));
  if (!config.loopback) app.use(toPublicHost);
  // An onboarding principal is refused on every other route: these pages read the cookie of the onboarding that they name, and
  // so do three things below, the return from consent, an onboarding's check by a sign-in and its stream. All other routes ask
  // the session for a signed-in user (`principalOf`), whom an onboarding never makes.
  const onboarding = createOnboardingPages({ ...deps, languages });
  app.use(onboarding.pages);
  const answerFault = errorHandler(logger);
  app.use(sessions({ ...ofUsers, answerFault }));
  app.use(userLocals);
  app.use(logoUpload());
  app.use(formBodies());
  const checkHttps = createHttpsCheck(https, logger);
  const csrf = createCsrf({ secrets: deps.sessionSecrets, publicUrl, checkHttps });
  const ownLanguage = { ...deps, languages, csrf, publicUrl };
  app.use(speakOwnLanguage(ownLanguage));
  const signInLimit = createSignInLimit({
    points: config.rateLimits.signInPerMinute,
    pool: deps.pool,
    browserOf: (request) => {
      const browser = csrf.knownBrowserOf(request);
      return browser === null ? null : hashed(browser);
    },
  });
  const requireHttps: RequestHandler = (request, _response, next) => {
    checkHttps(request);
    next();
  };
  app.use(
    signInRoutes(deps, {
      csrf,
      requireHttps,
      requireDatabase: requireDatabase(deps.databaseState),
      signInLimit,
      byClick: createSignInByClick(publicUrl),
    }),
  );
  app.use(csrf.protection);
  app.use(languageRoutes(ownLanguage));
  app.use(signOutRoutes(deps));
  const { recipients, sandboxed } = deps.mails;
  app.use(
    accountPage({
      mail: recipients,
      outboxUrl: sandboxed ? paths.sandboxOutbox : null,
      dictionary: deps.dictionary,
    }),
  );
  app.use(outboxRoutes(deps.mails));
  app.use(accountRoutes(deps));
  const limitStarts = perMinute({
    name: 'connect',
    points: config.rateLimits.connectPerMinute,
    pool: deps.pool,
    keyOf: (request) => principalOf(request)?.key ?? addressKeyOf(request),
  });
  app.use(flowRoutes({ ...deps, webhooksArrive }, userFlows(limitStarts, deps.tombstones)));
  const verify = verifyRoutes({
    ...deps,
    otherOwnerOf: onboarding.flowOwner,
    otherOwnersIn: onboarding.ownersIn,
  });
  app.use(verify.router);
  app.use(routes.userVerify, verify.leadOn);
  app.use(onboarding.signInCheck);

  app.use(adminRoutes(deps));
  if (!config.production) app.use(styleguideRoutes(deps));

  app.use(nothingHere);
  app.use(answerFault);
  return app;
}
