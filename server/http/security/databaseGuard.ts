import type { RequestHandler } from 'express';
import { localPath } from '../../kernel/localPath.js';
import type { DatabaseState } from '../../store/database/databaseHealth.js';
import { databaseUnavailable } from '../commonErrors.js';

/**
 * A guard for pages with a form that could not be sent while the database is away or takes nothing, and that would
 * not notice by themselves, since they need nothing of it.
 */
export const requireDatabase =
  (databaseState: () => Promise<DatabaseState>): RequestHandler =>
  async (request, _response, next) => {
    const state = await databaseState();
    if (state === 'answers') return next();
    const againUrl = request.method === 'GET' ? localPath(request.originalUrl) : null;
    throw databaseUnavailable(state === 'fails' ? 'away' : 'unwritable', againUrl);
  };
