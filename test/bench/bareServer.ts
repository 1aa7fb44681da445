import { createLogger, logRequests } from '../../server/http/logging.js';
import { securityHeaders } from '../../server/http/security/securityHeaders.js';
import { sessions } from '../../server/http/security/session.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import { SessionStore } from '../../server/store/sessionStore.js';
import { createBareApp, serve } from './bareApp.js';

/**
 * The measure of the status route: an Express app with the same session store, headers and logging, and
 * one route that answers signed-in users with `ANSWER`. It shares the app's database, so the app's cookies are good here.
 */
const { DATA_DIR = '', SESSION_SECRET = '', ANSWER = '', ETAG = '' } = process.env;
const answer = JSON.parse(ANSWER);
const logger = createLogger('info');
const { db, close } = await openDatabase({ dataDir: DATA_DIR, databaseUrl: null }, logger);
const app = createBareApp();
app.use(logRequests(logger));
app.use(securityHeaders({ httpsOnly: false, formOrigins: [] }));
app.use(
  sessions({
    secrets: [SESSION_SECRET],
    publicUrl: 'http://localhost',
    store: new SessionStore(db, 12 * 3_600_000),
    endsWithBrowser: true,
    answerFault: (_error, _request, response, _next) => void response.sendStatus(503),
  }),
);
app.get('/bare', (request, response) => {
  if (request.session.user === undefined) return response.sendStatus(401);
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('ETag', ETAG);
  response.json(answer);
});
serve(app, close);
