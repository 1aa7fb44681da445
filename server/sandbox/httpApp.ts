import express, { type Express } from 'express';
import type { Authorizations } from './authorization.js';
import type { SandboxControl } from './control.js';
import type { Environment } from './environment.js';
import type { SandboxLogger } from './sandbox.js';
import { tokenEndpoint } from './tokenEndpoint.js';
import type { TokenIssuer } from './tokens.js';

/** What the pages and endpoints over HTTP/1.1 stand on. */
export interface HttpAppParts {
  readonly environment: Environment;
  readonly authorizations: Authorizations;
  readonly control: SandboxControl;
  readonly reset: () => void;
  readonly tokens: TokenIssuer;
  readonly origin: () => string;
  readonly closing: AbortSignal;
  readonly logger?: SandboxLogger;
}

/** The token endpoint, the hosted pages and the control. */
export function createHttpApp(parts: HttpAppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(tokenEndpoint(parts.tokens, parts.environment, parts.origin, parts.closing));
  return app;
}
