import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AskedApp, anotherApp, type OtherApp } from '../routes/onboarding/onboardingJourneys.js';

/** Another app on this machine: it confirms its one user, and takes browsers back. */
export interface OnboardingHost {
  readonly acme: OtherApp;
  readonly url: string;
  /** What came back with the browser, of each return. */
  readonly returns: URLSearchParams[];
  close(): Promise<void>;
}

/**
 * Starts another app, and registers it.
 * @param identifier its one user
 * @param name as users read it
 */
export async function startOnboardingHost(
  app: AskedApp,
  identifier: string,
  name: string,
): Promise<OnboardingHost> {
  const returns: URLSearchParams[] = [];
  const server = createServer(async (request, answer) => {
    const asked = new URL(request.url ?? '', url);
    const show = (heading: string) =>
      void answer
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end(`<title>Host</title><h1>${heading}</h1>`);
    if (asked.pathname === '/confirm') {
      const { body } = await acme.tell(asked.href, identifier);
      if (body.continue_url === undefined) return show('You are somebody else here');
      answer.writeHead(303, { Location: body.continue_url }).end();
      return;
    }
    if (asked.pathname === '/back') returns.push(asked.searchParams);
    show('Welcome back');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const addresses = { returnUrls: [`${url}/back`], confirmUrls: [`${url}/confirm`] };
  const acme = await anotherApp(app, { name, ...addresses });
  return {
    acme,
    url,
    returns,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
