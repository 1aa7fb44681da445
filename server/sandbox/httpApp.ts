import express, { type ErrorRequestHandler, type Express } from 'express';
import type { SandboxControl } from './control/control.js';
import { controlApi } from './control/controlApi.js';
import { controlPage } from './control/controlPage.js';
import type { Environment } from './environment.js';
import { projectFolder } from './hosted/assets.js';
import type { Authorizations } from './hosted/authorization.js';
import { hostedPages } from './hosted/hostedPages.js';
import { loopbackHostOnly, ownPostsOnly, pageHeaders } from './hosted/webGuards.js';
import type { SandboxLogger } from './model.js';
import { proxy } from './providers/proxy.js';
import { tokenEndpoint } from './rpc/tokenEndpoint.js';
import type { TokenIssuer } from './rpc/tokens.js';
import { Wire } from './wire.js';

/** What the pages and endpoints over HTTP/1.1 need. */
export interface HttpAppParts {
  readonly environment: Environment;
  readonly authorizations: Authorizations;
  readonly control: SandboxControl;
  readonly reset: () => void;
  readonly tokens: TokenIssuer;
  readonly origin: () => string;
  readonly closing: AbortSignal;
  readonly logger?: SandboxLogger | undefined;
}

/** The token endpoint, the proxy, the hosted pages and the control. */
export function createHttpApp(parts: HttpAppParts): Express {
  const { environment, authorizations, control, reset, tokens, origin, closing, logger } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.set('views', projectFolder('views', 'sandbox'));
  app.set('view engine', 'ejs');
  app.set('view options', { _with: false });
  app.use(loopbackHostOnly);
  app.use('/proxy', proxy(environment, tokens, closing));
  app.use(ownPostsOnly, pageHeaders);
  app.use('/sandbox', (request, _response, next) => {
    if (request.socket instanceof Wire) request.socket.spare();
    next();
  });
  app.use('/sandbox/assets', express.static(projectFolder('public', 'sandbox'), { index: false }));
  app.use(tokenEndpoint(tokens, environment, origin, closing));
  app.use(hostedPages(environment, authorizations, closing));
  app.use('/sandbox/api', controlApi(control, reset));
  app.use('/sandbox', controlPage(control, reset));
  app.get('/', (_request, response) => response.redirect(303, '/sandbox'));
  app.use((_request, response) => {
    response.status(404).type('text').send('There is nothing here. The control page is at /sandbox.\n');
  });
  app.use(answerError(logger));
  return app;
}

/** Bodies that are too long or malformed are the caller's fault; anything else is the sandbox's, and is logged. */
const answerError =
  (logger: SandboxLogger | undefined): ErrorRequestHandler =>
  (error: { status?: unknown }, request, response, _next) => {
    // Express would close the connection too, and write a stack to stderr.
    if (response.headersSent || response.destroyed) return void request.socket.destroy();
    const { status } = error;
    const isCallers = typeof status === 'number' && status >= 400 && status < 500;
    if (!isCallers) logger?.error({ err: error }, 'the sandbox failed on a request');
    response
      .status(isCallers ? status : 500)
      .type('text')
      .send(isCallers ? 'The request was not understood.\n' : 'The sandbox failed on this request.\n');
  };
