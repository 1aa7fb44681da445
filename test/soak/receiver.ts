import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { pairOf, type Told } from './ledger.js';
import type { Random } from './random.js';

/** Another app's server: it takes webhooks and browsers that come back. */
export interface Receiver {
  readonly url: string;
  readonly webhookUrl: string;
  /** What was taken, in the order in which it came, as often as it came. */
  readonly received: readonly Told[];
  /** What did not bear the signature of the secret. */
  readonly forged: number;
  /** Takes what is signed with this secret from now on. */
  setSecret(secret: string): void;
  close(): Promise<void>;
}

/** So much of what comes is refused, and has to come again. */
const refused = 0.03;

interface Body {
  readonly type: string;
  readonly sequence: number;
  readonly data: { readonly identifier?: string; readonly connection?: string };
}

export async function startReceiver(random: Random): Promise<Receiver> {
  const received: Told[] = [];
  let verifier = new Webhook('whsec_none');
  let forged = 0;
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return void response.end('Welcome back');
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    if (random.next() < refused) return void response.writeHead(503).end();
    try {
      const { type, sequence, data } = verifier.verify(
        body,
        request.headers as Record<string, string>,
      ) as Body;
      const { identifier = '', connection = '' } = data;
      const about = pairOf(identifier, connection);
      received.push({ id: String(request.headers['webhook-id']), type, about, sequence });
      response.writeHead(204).end();
    } catch {
      forged += 1;
      response.writeHead(400).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    webhookUrl: `${url}/webhooks`,
    received,
    get forged() {
      return forged;
    },
    setSecret(secret) {
      verifier = new Webhook(secret);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
