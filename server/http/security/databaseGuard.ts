import type { RequestHandler } from 'express';
import { localPath } from '../../kernel/localPath.js';
import type { DatabaseState } from '../../store/database/databaseHealth.js';
import { databaseUnavailable } from '../commonErrors.js';

/**
 * A guard for pages that read nothing from the database, and whose form needs it: while it is away, or can't be written, they say so
 * in place of a form that would fail.
 */
export const requireDatabase =
  (databaseState: () => Promise<DatabaseState>): RequestHandler =>
  async (request, _response, next) => {
    const state = await databaseState();
    if (state === 'answers') return next();
    const againUrl = request.method === 'GET' ? localPath(request.originalUrl) : null;
    throw databaseUnavailable(state === 'fails' ? 'away' : 'unwritable', againUrl);
  };
