import { Router } from 'express';
import { routes } from '../paths.js';
import type { DatabaseState } from '../store/database/databaseHealth.js';

export interface HealthOptions {
  databaseState(): Promise<DatabaseState>;
  /** Whether this instance is about to stop. */
  isDraining(): boolean;
  /** How the calls to Scalekit went lately, as JSON. */
  scalekitHealth(): object;
  /** How far Scalekit's event log was read, as JSON. */
  eventLog(): object;
  /** The way of signing in, and how it stands, as JSON. */
  signIn(): object;
}

/** `/healthz` says that the process is alive. */
export function aliveRoute(): Router {
  return Router().get(routes.healthz, (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'alive' });
  });
}

/**
 * `/readyz` says that the process can serve, and will for a while. Scalekit and the OpenID provider are reported and do not
 * decide: without Scalekit the pages still show what was last known, and taking every instance away would not bring it back.
 */
export function readyRoute(options: HealthOptions): Router {
  return Router().get(routes.readyz, async (_request, response) => {
    const database = await options.databaseState();
    const status = options.isDraining() ? 'draining' : database === 'answers' ? 'ready' : 'not ready';
    response
      .set('Cache-Control', 'no-store')
      .status(status === 'ready' ? 200 : 503)
      .json({
        status,
        database,
        scalekit: options.scalekitHealth(),
        event_log: options.eventLog(),
        sign_in: options.signIn(),
      });
  });
}
