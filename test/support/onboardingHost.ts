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

/** Opens the window in the click, and asks its backend once the window is back. */
const openingPage = `<!doctype html><title>Host</title><link rel="icon" href="data:,"><h1>Host</h1>
<button disabled>Connect Gmail</button><p role="status"></p>
<script type="module">
  import { connect } from 'MODULE';
  const said = document.querySelector('[role=status]');
  const opening = document.querySelector('button');
  opening.addEventListener('click', async () => {
    let id;
    try {
      await connect(async () => {
        if (window.broken) throw new Error('no session');
        const session = await (await fetch('/session', { method: 'POST' })).json();
        id = session.id;
        return session;
      });
      said.textContent = await (await fetch('/status?id=' + id)).json();
    } catch (error) {
      said.textContent = error.message;
    }
  });
  opening.disabled = false;
</script>`;

const returnPage = `<!doctype html><title>Host</title><link rel="icon" href="data:,"><h1>Welcome back</h1><p role="status"></p>
<script type="module">
  import { finish } from 'MODULE';
  const fromWindow = await finish();
  document.querySelector('[role=status]').textContent = fromWindow ? 'Close this window' : 'Go on here';
</script>`;

/**
 * Starts another app, and registers it.
 * @param identifier its one user
 * @param name as users read it
 * @param options.openerPolicy of its pages that open a window, and take it back
 */
export async function startOnboardingHost(
  app: AskedApp,
  identifier: string,
  name: string,
  { openerPolicy = 'unsafe-none' } = {},
): Promise<OnboardingHost> {
  const returns: URLSearchParams[] = [];
  const server = createServer(async (request, answer) => {
    const asked = new URL(request.url ?? '', url);
    const show = (heading: string) =>
      void answer
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end(`<title>Host</title><h1>${heading}</h1>`);
    const sendPage = (html: string) =>
      void answer
        .writeHead(200, { 'Content-Type': 'text/html', 'Cross-Origin-Opener-Policy': openerPolicy })
        .end(html.replace('MODULE', `${app.url}/assets/connect.js`));
    if (asked.pathname === '/confirm') {
      const { body } = await acme.tell(asked.href, identifier);
      if (body.continue_url === undefined) return show('You are somebody else here');
      answer.writeHead(303, { Location: body.continue_url }).end();
      return;
    }
    if (asked.pathname === '/') return sendPage(openingPage);
    if (asked.pathname === '/returned') return sendPage(returnPage);
    if (asked.pathname === '/session') {
      const connections = [{ name: 'gmail' }];
      const { body } = await acme.send('post', '/api/v1/onboarding-sessions', {
        identifier,
        return_url: `${url}/returned`,
        connections,
      });
      answer.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    if (asked.pathname === '/status') {
      const status = await acme.statusOf(asked.searchParams.get('id') ?? '');
      answer.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(status));
      return;
    }
    if (asked.pathname === '/back') returns.push(asked.searchParams);
    show('Welcome back');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const addresses = { returnUrls: [`${url}/back`, `${url}/returned`], confirmUrls: [`${url}/confirm`] };
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
