import { once } from 'node:events';
import { createServer, get, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '../../support/freePort.js';
import { type Front, startFront } from '../../support/front.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';

let front: Front;
const servers: Server[] = [];

beforeEach(async () => {
  front = await startFront();
});

afterEach(async () => {
  await front.close();
  for (const server of servers.splice(0)) server.close();
});

async function serve(answer: (response: ServerResponse) => void): Promise<number> {
  const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const ask = async () => (await fetch(front.url)).text();

describe('the proxy of the tests', () => {
  it('goes to each instance in turn, and passes over one that is not there', async () => {
    const [one, other] = [
      await serve((response) => response.end('one')),
      await serve((response) => response.end('other')),
    ];
    front.choose(one, other);
    expect(new Set([await ask(), await ask()])).toEqual(new Set(['one', 'other']));
    front.choose(await freePort(), other);
    expect([await ask(), await ask()]).toEqual(['other', 'other']);
    front.choose(await freePort());
    expect((await fetch(front.url)).status).toBe(502);
  });

  it('leaves a stream at the instance when its reader leaves it', async () => {
    const left = new Promise<void>((resolve) => {
      void serve((response) => {
        response.write('data: {}\n\n');
        response.on('close', resolve);
      }).then((port) => {
        front.choose(port);
        const asked = get(front.url, (response) => response.once('data', () => asked.destroy()));
        asked.on('error', () => undefined);
      });
    });
    await left;
  });

  it('breaks an answer off whose instance dies in the middle', async () => {
    front.choose(
      await serve((response) => {
        response.write('half');
        setImmediate(() => response.socket?.destroy());
      }),
    );
    await expect(ask()).rejects.toThrow();
  });
});
