import { createServer } from 'node:http';
import express, { type Express } from 'express';

/** An Express app to measure the app's routes against: the settings that the app has, and nothing else. */
export function createBareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.get('/healthz', (_request, response) => response.json({ status: 'alive' }));
  return app;
}

/** Listens on `PORT` until the bench ends the process. @param close closes what the app has open */
export function serve(app: Express, close: () => Promise<void>): void {
  const server = createServer(app).listen(Number(process.env.PORT), '127.0.0.1');
  process.once('SIGTERM', () => {
    server.closeAllConnections();
    server.close(() => void close());
  });
}
