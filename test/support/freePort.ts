import { once } from 'node:events';
import { createServer } from 'node:net';
import { threadId } from 'node:worker_threads';

/** Below the ports that Linux gives to those who ask for any, so that none of them takes one in between. */
const first = 15_000;
const portsOfEach = 50;

/** Each thread of each test run on this machine has ports of its own. */
let next = first + ((process.pid * 16 + threadId) % 340) * portsOfEach;

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
};

/** A port of loopback that stays free until it is used, for who has to know it before it listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next += 1;
    if (await isFree(port)) return port;
  }
}
