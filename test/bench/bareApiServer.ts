import { createLogger, logRequests } from '../../server/http/logging.js';
import { securityHeaders } from '../../server/http/security/securityHeaders.js';
import { createApiClientGuard } from '../../server/identity/clients/apiClientGuard.js';
import { createApiClients } from '../../server/identity/clients/apiClients.js';
import { createAuditTrail } from '../../server/store/auditTrail.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import { createBareApp, serve } from './bareApp.js';

/**
 * The measure of the API: an Express app with the same key check, limits, headers and logging, and one route
 * that answers clients with `ANSWER`. It shares the app's database, so the app's keys are good here.
 */
const { DATA_DIR = '', ANSWER = '' } = process.env;
const answer = JSON.parse(ANSWER);
const logger = createLogger('info');
const { db, events, pool, close } = await openDatabase({ dataDir: DATA_DIR, databaseUrl: null }, logger);
const apiClients = createApiClients({ db, events, audit: createAuditTrail(db, logger) });
const limits = { requestsPerMinute: 1_000_000, failuresPerMinute: 30 };
const guard = createApiClientGuard({ apiClients, pool, ...limits });
const app = createBareApp();
app.use(logRequests(logger));
app.use(securityHeaders({ httpsOnly: false, formOrigins: [] }));
app.get('/api/v1/users/:identifier/connections', guard.requireClient('status:read'), (_request, response) => {
  response.json(answer);
});
serve(app, close);
