import express, { type Express, type RequestHandler } from 'express';
import { accountRoutes } from './accounts/accountRoutes.js';
import { eventRoutes } from './accounts/eventRoutes.js';
import { flowRoutes, userFlows } from './accounts/flowRoutes.js';
import { verifyRoutes } from './accounts/verifyRoutes.js';
import { adminRoutes } from './admin/adminRoutes.js';
import type { Dependencies } from './dependencies.js';
import { principalOf } from './identity/principal.js';
import { ownRoutes, signInRoutes } from './identity/signInRoutes.js';
import { limitTime } from './kernel/requestBudget.js';
import { outboxRoutes } from './notify/outboxRoutes.js';
import { apiRoutes } from './onboarding/apiRoutes.js';
import { createOnboardingPages } from './onboarding/pageRoutes.js';
import { paths } from './paths.js';
import { endUnreadBodies, formBodies } from './web/bodies.js';
import { canonicalHost } from './web/canonicalHost.js';
import { addressKeyOf, withoutPort } from './web/clientAddress.js';
import { createCsrf } from './web/csrf.js';
import { requireDatabase } from './web/databaseGuard.js';
import { errorHandler, nothingHere } from './web/errorHandler.js';
import { healthRoutes } from './web/health.js';
import { createHttpsCheck } from './web/httpsCheck.js';
import { pageLocals, userLocals } from './web/locals.js';
import { logRequests } from './web/logging.js';
import { noMetrics } from './web/metrics.js';
import { measureRequests } from './web/metricsRequests.js';
import { metricsRoutes } from './web/metricsRoutes.js';
import { publicFiles } from './web/publicFiles.js';
import { perMinute } from './web/rateLimits.js';
import { answerNoPath } from './web/requestTarget.js';
import { securityHeaders } from './web/securityHeaders.js';
import { sessions } from './web/session.js';
import { webhookRoutes } from './webhooks/webhookRoutes.js';

/** What a form may lead to besides https, where these stand in for the real ones on this machine. */
const formOriginsOf = ({ sandboxOrigin, openid }: Dependencies) =>
  [sandboxOrigin, openid?.origin].flatMap((origin) => (origin?.startsWith('http:') ? [origin] : []));

/** Builds the app. It listens nowhere and starts nothing. */
export function createApp(deps: Dependencies): Express {
  const { config, logger } = deps;
  const https = config.publicUrl.startsWith('https:');
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  // Express compares what it finds in X-Forwarded-For as it stands there.
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
  Object.assign(
    app.locals,
    pageLocals({
      assets: deps.assets,
      productName: config.productName,
      operatorLogoUrl: deps.operatorLogo === null ? null : paths.operatorLogo,
      sandbox: config.loopback && deps.sandboxOrigin !== null,
    }),
  );

  app.use(endUnreadBodies);
  app.use(
    healthRoutes({
      databaseState: deps.databaseState,
      scalekitHealth: deps.scalekitHealth,
      signIn: () => ({ mode: config.signIn.mode, ...deps.openid?.health() }),
    }),
  );
  const { tokens, listener } = config.metrics;
  if (tokens.length > 0 && listener === null) app.use(metricsRoutes(deps.metrics, tokens));
  if (deps.metrics !== noMetrics) app.use(measureRequests(deps.metrics));
  app.use(limitTime(deps.requestBudgetMs));
  app.use(logRequests(logger));
  app.use(securityHeaders({ https, formOrigins: formOriginsOf(deps) }));
  app.use(answerNoPath);
  if (config.loopback) app.use(canonicalHost(config.publicUrl));
  app.use(publicFiles({ assets: deps.assets, operatorLogo: deps.operatorLogo }));
  const { signature, recorder, worker } = deps.webhooks;
  app.use(webhookRoutes({ signature, recorder, wake: worker.wake }));
  app.use(apiRoutes(deps));
  const onboarding = createOnboardingPages(deps);
  app.use(onboarding.pages);
  const answerFault = errorHandler(logger);
  app.use(sessions({ secrets: deps.sessionSecrets, https, store: deps.sessionStore, answerFault }));
  app.use(userLocals);
  app.use(formBodies());
  const checkHttps = createHttpsCheck(https, logger);
  const csrf = createCsrf({ secrets: deps.sessionSecrets, https, checkHttps });
  const limitSignIns = perMinute({
    name: 'sign_in',
    points: config.rateLimits.signInPerMinute,
    pool: deps.pool,
    keyOf: addressKeyOf,
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
      limitSignIns,
    }),
  );
  app.use(csrf.protection);
  app.use(ownRoutes(deps));
  app.use(outboxRoutes(deps.mails));
  app.use(eventRoutes(deps));
  app.use(accountRoutes(deps));
  const limitStarts = perMinute({
    name: 'connect',
    points: config.rateLimits.connectPerMinute,
    pool: deps.pool,
    keyOf: (request) => principalOf(request)?.key ?? addressKeyOf(request),
  });
  app.use(
    flowRoutes(
      { ...deps, webhooksArrive: deps.webhooks.health.arrive },
      userFlows(limitStarts, deps.tombstones),
    ),
  );
  app.use(verifyRoutes({ ...deps, otherOwnerOf: onboarding.flowOwner }));
  app.use(onboarding.signInCheck);

  app.use(adminRoutes(deps));

  app.use(nothingHere);
  app.use(answerFault);
  return app;
}
