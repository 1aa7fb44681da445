import { once } from 'node:events';
import { createServer } from 'node:net';
import { threadId } from 'node:worker_threads';

/** Below the ports that Linux gives to those who ask for any, so that none of them takes one in between. */
const first = 15_000;
/** More than the tests' threads that live side by side, whose numbers follow each other. */
const threads = 64;
const portsOfEach = 260;

/**
 * Each thread has ports of its own, all others of which are its neighbours': whoever takes one that another has just
 * found free talks to the other's app. Test runs side by side begin at different ones.
 */
let turn = process.pid % portsOfEach;

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
    const port = first + turn * threads + (threadId % threads);
    turn = (turn + 1) % portsOfEach;
    if (await isFree(port)) return port;
  }
}
