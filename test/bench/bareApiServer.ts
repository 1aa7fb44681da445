import { createServer } from 'node:http';
import express from 'express';
import { createLogger, logRequests } from '../../server/http/logging.js';
import { securityHeaders } from '../../server/http/security/securityHeaders.js';
import { createApiClientGuard } from '../../server/identity/clients/apiClientGuard.js';
import { createApiClients } from '../../server/identity/clients/apiClients.js';
import { createAuditTrail } from '../../server/store/auditTrail.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';

/**
 * The measure of the API: an Express app with the same key check, limits, headers and logging, and one route
 * that answers clients with `ANSWER`. It shares the app's database, so the app's keys are good here.
 */
const { PORT, DATA_DIR = '', ANSWER = '' } = process.env;
const answer = JSON.parse(ANSWER);
const logger = createLogger('info');
const { db, events, pool, close } = await openDatabase({ dataDir: DATA_DIR, databaseUrl: null }, logger);
const apiClients = createApiClients({ db, events, audit: createAuditTrail(db, logger) });
const limits = { requestsPerMinute: 1_000_000, failuresPerMinute: 30 };
const guard = createApiClientGuard({ apiClients, pool, ...limits });
const app = express();
app.disable('x-powered-by');
app.set('query parser', 'simple');
app.get('/healthz', (_request, response) => response.json({ status: 'alive' }));
app.use(logRequests(logger));
app.use(securityHeaders({ https: false, formOrigins: [] }));
app.get('/api/v1/users/:identifier/connections', guard.requireClient('status:read'), (_request, response) => {
  response.json(answer);
});
const server = createServer(app).listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => close());
});
