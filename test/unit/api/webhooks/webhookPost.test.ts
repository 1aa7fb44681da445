import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createWebhookPost, type WebhookPostOptions } from '../../../../server/api/webhooks/webhookPost.js';
import { makeAuthority, type TestAuthority } from '../../../support/certificates.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '../../../support/jest.js';

let authority: TestAuthority;
let ca: string;

beforeAll(async () => {
  authority = await makeAuthority();
  ca = await readFile(authority.file, 'utf8');
});

afterAll(() => authority.remove());

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  delete process.env.https_proxy;
  delete process.env.no_proxy;
});

async function listening(
  server: Pick<Server, 'listen' | 'close' | 'address'> & NodeJS.EventEmitter,
): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    if ('closeAllConnections' in server) (server as Server).closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

const receiver = (listener: RequestListener) => listening(createServer(listener));

/** A receiver with a certificate for `acme.example`. */
async function secureReceiver(listener: RequestListener, names = 'DNS:acme.example'): Promise<number> {
  return listening(createHttpsServer(await authority.issue(names), listener));
}

const message = (url: string) => ({
  url,
  headers: { 'webhook-id': 'evt_1' },
  body: '{"type":"connection.active"}',
});

const inDevelopment = (options: WebhookPostOptions = {}) =>
  createWebhookPost({ loopback: true, allowCidrs: [] }, options);

/** As in production, where a name leads to the addresses that are given, one answer after the other. */
function withNames(answers: readonly (readonly string[])[], allowCidrs: readonly string[] = []) {
  const asked: string[] = [];
  const addressesOf = async (host: string) => {
    asked.push(host);
    return answers[Math.min(asked.length, answers.length) - 1] ?? [];
  };
  return { asked, post: createWebhookPost({ loopback: false, allowCidrs }, { addressesOf, ca }) };
}

describe('a webhook', () => {
  it('is posted with its headers and its body, and is taken by any answer that says so', async () => {
    const came: unknown[] = [];
    const port = await receiver((request, response) => {
      request
        .setEncoding('utf8')
        .on('data', (body) => came.push(request.method, request.url, request.headers, body));
      request.on('end', () => response.writeHead(204).end());
    });
    expect(await inDevelopment()(message(`http://127.0.0.1:${port}/hook?of=acme`))).toEqual({
      taken: true,
      status: 204,
    });
    expect(came).toEqual([
      'POST',
      '/hook?of=acme',
      expect.objectContaining({ 'webhook-id': 'evt_1', 'content-length': '28' }),
      '{"type":"connection.active"}',
    ]);
  });

  it.each([400, 404, 410, 429, 500, 503])('is not taken by a %s', async (status) => {
    const port = await receiver((_, response) => response.writeHead(status).end());
    expect(await inDevelopment()(message(`http://localhost:${port}/`))).toEqual({
      taken: false,
      fault: 'refused',
      status,
    });
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect (%s)', async (status) => {
    let asked = 0;
    const elsewhere = await receiver((_, response) => {
      asked += 1;
      response.end();
    });
    const port = await receiver((_, response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${elsewhere}/` }).end(),
    );
    expect(await inDevelopment()(message(`http://127.0.0.1:${port}/`))).toMatchObject({
      fault: 'redirected',
    });
    expect(asked).toBe(0);
  });

  it('is given up when no answer begins in time', async () => {
    const port = await receiver(() => undefined);
    const post = inDevelopment({ withinMs: 50 });
    expect(await post(message(`http://127.0.0.1:${port}/`))).toEqual({
      taken: false,
      fault: 'timed_out',
      status: null,
    });
  });

  it('is given up when an answer comes byte by byte and never gets through its head', async () => {
    const dripping = createTcpServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x-a: b\r\n'), 5);
      socket.on('error', () => undefined).on('close', () => clearInterval(timer));
    });
    const port = await listening(dripping as unknown as Server);
    expect(await inDevelopment({ withinMs: 100 })(message(`http://127.0.0.1:${port}/`))).toMatchObject({
      taken: false,
    });
  });

  it('is given up when the host is never looked up', async () => {
    const post = createWebhookPost(
      { loopback: false, allowCidrs: [] },
      { withinMs: 30, addressesOf: () => new Promise(() => undefined) },
    );
    expect(await post(message('https://acme.example/'))).toMatchObject({ fault: 'timed_out' });
  });

  it('is given up at once when the app stops', async () => {
    const stop = new AbortController();
    const port = await receiver(() => stop.abort(new Error('the app stops')));
    await expect(inDevelopment()(message(`http://127.0.0.1:${port}/`), stop.signal)).rejects.toThrow(
      'the app stops',
    );
  });

  it('is cut off from an answer without an end, which is neither kept nor waited for', async () => {
    const closed = new Promise<number>((resolve) => {
      void receiver((_, response) => {
        let sent = 0;
        response.writeHead(200);
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
          sent += 65_536;
        };
        response.on('drain', more).on('close', () => resolve(sent));
        more();
      }).then(async (port) => {
        expect(await inDevelopment()(message(`http://127.0.0.1:${port}/`))).toEqual({
          taken: true,
          status: 200,
        });
      });
    });
    // What the sockets hold in between, and no more.
    expect(await closed).toBeLessThan(20_000_000);
  });

  it('is unreachable where nobody listens, and where somebody talks nonsense', async () => {
    const port = await receiver(() => undefined);
    for (const close of closing.splice(0)) close();
    expect(await inDevelopment()(message(`http://127.0.0.1:${port}/`))).toMatchObject({
      fault: 'unreachable',
    });
    const nonsense = createTcpServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-x\r\n'));
    const other = await listening(nonsense as unknown as Server);
    expect(await inDevelopment()(message(`http://127.0.0.1:${other}/`))).toMatchObject({
      fault: 'unreachable',
    });
  });
});

describe('the way of a webhook', () => {
  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fd00:ec2::254]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://100.64.0.1/',
    'https://0/',
    'https://127.0.0.1./',
  ])('is not to %s, which is looked up nowhere', async (url) => {
    const { asked, post } = withNames([['8.8.8.8']]);
    expect(await post(message(url))).toEqual({ taken: false, fault: 'forbidden_address', status: null });
    expect(asked).toEqual([]);
  });

  it('is none when one of the addresses of a host is forbidden', async () => {
    const { post } = withNames([['8.8.8.8', '10.0.0.1']]);
    expect(await post(message('https://acme.example/'))).toMatchObject({ fault: 'forbidden_address' });
  });

  it('is none to a name of this machine that is not registered as such', async () => {
    const post = createWebhookPost(
      { loopback: true, allowCidrs: [] },
      { addressesOf: async () => ['127.0.0.1'] },
    );
    expect(await post(message('https://acme.example/'))).toMatchObject({ fault: 'forbidden_address' });
    expect(await withNames([['127.0.0.1']]).post(message('https://localhost/'))).toMatchObject({
      fault: 'forbidden_address',
    });
  });

  it('is none where the name leads nowhere', async () => {
    expect(await withNames([[]]).post(message('https://acme.example/'))).toMatchObject({
      fault: 'unknown_host',
    });
    const post = createWebhookPost(
      { loopback: false, allowCidrs: [] },
      { addressesOf: () => Promise.reject(new Error('ENOTFOUND')) },
    );
    expect(await post(message('https://acme.example/'))).toMatchObject({ fault: 'unknown_host' });
  });

  it('leads to the address that was checked, though the name leads elsewhere a moment later', async () => {
    let came = 0;
    const port = await secureReceiver((request, response) => {
      came += 1;
      expect(request.headers.host).toBe(`acme.example:${port}`);
      response.writeHead(204).end();
    });
    const rebinding = withNames([['127.0.0.1'], ['169.254.169.254']], ['127.0.0.0/8']);
    expect(await rebinding.post(message(`https://acme.example:${port}/`))).toEqual({
      taken: true,
      status: 204,
    });
    // Looked up once: there is no second answer to fall for.
    expect(rebinding.asked).toEqual(['acme.example']);
    expect(await rebinding.post(message(`https://acme.example:${port}/`))).toMatchObject({
      fault: 'forbidden_address',
    });
    expect(came).toBe(1);
  });

  it('goes to nobody whose certificate has another name, or is of nobody trusted', async () => {
    const other = await secureReceiver((_, response) => response.end(), 'DNS:other.example');
    const { post } = withNames([['127.0.0.1']], ['127.0.0.0/8']);
    expect(await post(message(`https://acme.example:${other}/`))).toMatchObject({ fault: 'bad_certificate' });
    const port = await secureReceiver((_, response) => response.end());
    const trusting = createWebhookPost(
      { loopback: false, allowCidrs: ['127.0.0.0/8'] },
      { addressesOf: async () => ['127.0.0.1'] },
    );
    expect(await trusting(message(`https://acme.example:${port}/`))).toMatchObject({
      fault: 'bad_certificate',
    });
  });

  it('is shared by those who look the same host up at the same time', async () => {
    let asked = 0;
    const post = createWebhookPost(
      { loopback: false, allowCidrs: [] },
      {
        async addressesOf() {
          asked += 1;
          return ['10.0.0.1'];
        },
      },
    );
    await Promise.all([1, 2, 3].map(() => post(message('https://acme.example/'))));
    expect(asked).toBe(1);
  });
});

describe('behind a proxy that the environment names', () => {
  async function proxy(to: number) {
    const asked: (string | undefined)[] = [];
    const server = createServer();
    server.on('connect', async (request, socket: Socket, head) => {
      asked.push(request.url);
      const { connect } = await import('node:net');
      const onward = connect(to, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on('error', () => undefined);
    });
    process.env.https_proxy = `http://127.0.0.1:${await listening(server)}`;
    return asked;
  }

  it('webhooks go through it, and it looks hosts up', async () => {
    const port = await secureReceiver((_, response) => response.writeHead(202).end());
    const asked = await proxy(port);
    const { asked: lookedUp, post } = withNames([['10.0.0.1']]);
    expect(await post(message('https://acme.example/hook'))).toEqual({ taken: true, status: 202 });
    expect(asked).toEqual(['acme.example:443']);
    expect(lookedUp).toEqual([]);
  });

  it('addresses that are written out are still checked here, and what it leaves out goes direct', async () => {
    const port = await secureReceiver((_, response) => response.writeHead(202).end());
    const asked = await proxy(port);
    const { post } = withNames([['127.0.0.1']], ['127.0.0.0/8']);
    for (const url of [
      'https://10.0.0.1/',
      'https://localhost/',
      'https://a.LOCALHOST./',
      'https://[::1]/',
    ]) {
      expect(await post(message(url))).toMatchObject({ fault: 'forbidden_address' });
    }
    process.env.no_proxy = 'acme.example';
    expect(await post(message(`https://acme.example:${port}/`))).toEqual({ taken: true, status: 202 });
    expect(asked).toEqual([]);
  });
});
