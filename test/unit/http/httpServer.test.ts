import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import express, { type RequestHandler, type Response } from 'express';
import { createHttpServer, listen, stopHttpServer } from '../../../server/http/httpServer.js';
import { afterEach, describe, expect, it } from '../../support/jest.js';

let server: Server;

afterEach(() => server.closeAllConnections());

async function start(handler: RequestHandler): Promise<void> {
  server = createHttpServer(express().use(handler));
  await listen(server, { host: '127.0.0.1', port: 0 });
}

/** A connection that a proxy would keep, after the request that it was opened for. */
async function ask(): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return socket;
}

const proxySettings = readFileSync(new URL('../../../server/operations/nginx.conf', import.meta.url), 'utf8');

describe('the server', () => {
  it('keeps an idle connection for longer than the proxy that we ship does', () => {
    server = createHttpServer(express());
    const upstream = /upstream app \{([^}]*)\}/.exec(proxySettings)?.[1] ?? '';
    const seconds = Number(/keepalive_timeout (\d+)s;/.exec(upstream)?.[1]);
    expect(server.keepAliveTimeout).toBeGreaterThan(seconds * 1000);
  });

  it('waits for the head of a request no longer than for all of it, and looks often', () => {
    server = createHttpServer(express());
    expect(server.headersTimeout).toBeLessThanOrEqual(server.requestTimeout);
    expect(server.requestTimeout).toBe(30_000);
  });

  it('makes requests and responses with the prototypes of the app, so that Express changes none', async () => {
    const isAsMade = (message: object) => Object.getPrototypeOf(message) === message.constructor.prototype;
    await start((request, response) => void response.json([request, response].map(isAsMade)));
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}`);
    expect(await answer.json()).toEqual([true, true]);
  });

  it('tells who takes it for a proxy that it is none', async () => {
    await start((_request, response) => void response.end('answer'));
    // Which never ends its side.
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n');
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 501 /);
    await stopHttpServer(server);
    socket.destroy();
  });

  it('still answers while it is about to stop, and asks for the next request to go elsewhere', async () => {
    const draining = { began: false };
    const app = express().use((_request, response) => void response.end('answer'));
    server = createHttpServer(app, draining);
    await listen(server, { host: '127.0.0.1', port: 0 });
    const socket = await ask();
    expect(String(await once(socket, 'data'))).toMatch(/^Connection: keep-alive\r$/m);
    draining.began = true;
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [answer] = await Promise.all([once(socket, 'data'), once(socket, 'end')]);
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 [\s\S]*^Connection: close\r$/m);
    expect(String(await once(await ask(), 'data'))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('ends an idle connection at once when it stops', async () => {
    await start((_request, response) => void response.end('answer'));
    const socket = await ask();
    expect(String(await once(socket, 'data'))).toContain('answer');
    const ended = once(socket, 'end');
    await Promise.all([stopHttpServer(server), ended]);
    expect(server.listening).toBe(false);
  });

  it('answers a request that is under way when it stops, and ends its connection then', async () => {
    const requests = new EventEmitter();
    await start((_request, response) => void requests.emit('arrived', response));
    const arrived = once(requests, 'arrived') as Promise<[Response]>;
    const socket = await ask();
    const [response] = await arrived;
    const stopped = stopHttpServer(server);
    response.end('answer');
    expect(String(await once(socket, 'data'))).toContain('answer');
    await Promise.all([stopped, once(socket, 'end')]);
  });
});
