import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** One connection through the proxy. */
interface Passage {
  readonly client: Socket;
  readonly server: Socket;
  /** The first bytes tell HTTP/2 from the HTTP/1.1 of the token endpoint. */
  kind: 'http2' | 'http1' | null;
  swallows: boolean;
}

/**
 * A TCP proxy that can forget its connections, as a NAT or a load balancer does: every packet of theirs is swallowed
 * and nobody is told. New connections work.
 */
export class SilentProxy extends EventEmitter<{ http2: []; http1: []; closed: [] }> {
  readonly #passages = new Set<Passage>();
  readonly #opened = { http2: 0, http1: 0 };
  readonly #server = createServer({ allowHalfOpen: true }, (client) => this.#pass(client));
  #swallowsNew = false;

  private constructor(readonly target: URL) {
    super();
  }

  /** @param url the origin that it leads to */
  static async start(url: string): Promise<SilentProxy> {
    const proxy = new SilentProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many connections of a kind came so far. */
  opened(kind: 'http2' | 'http1'): number {
    return this.#opened[kind];
  }

  /** How many connections of a kind the caller keeps open. */
  kept(kind: 'http2' | 'http1'): number {
    return [...this.#passages].filter((passage) => passage.kind === kind).length;
  }

  /** From now on the connections that are open swallow every packet, in both directions. */
  forgetConnections(): void {
    for (const passage of this.#passages) passage.swallows = true;
  }

  /** Cuts every connection off, those that were forgotten too, as a middlebox does that wakes up. */
  resetConnections(): void {
    for (const { client } of this.#passages) client.resetAndDestroy();
  }

  /** Whether connections that come from now on swallow everything from the start. */
  swallowNew(swallows: boolean): void {
    this.#swallowsNew = swallows;
  }

  /** Resolves when the callers keep so many connections of a kind open, and no more. */
  async untilKept(kind: 'http2' | 'http1', count: number): Promise<void> {
    while (this.kept(kind) > count) await once(this, 'closed');
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const { client, server } of this.#passages) {
      client.destroy();
      server.destroy();
    }
    await once(this.#server, 'close');
  }

  #pass(client: Socket): void {
    const { hostname: host, port } = this.target;
    const server = connect({ host, port: Number(port), allowHalfOpen: true });
    const passage: Passage = { client, server, kind: null, swallows: this.#swallowsNew };
    this.#passages.add(passage);
    client.on('data', (data: Buffer) => {
      if (passage.kind === null) {
        passage.kind = data.toString('latin1').startsWith('PRI') ? 'http2' : 'http1';
        this.#opened[passage.kind] += 1;
        this.emit(passage.kind);
      }
      if (!passage.swallows) server.write(data);
    });
    client.on('end', () => {
      if (!passage.swallows) server.end();
      // The caller wants no more of it, so it is gone for the caller.
      else client.end();
    });
    server.on('data', (data: Buffer) => {
      if (!passage.swallows) client.write(data);
    });
    server.on('end', () => {
      if (!passage.swallows) client.end();
    });
    client.on('error', () => undefined);
    server.on('error', () => undefined);
    client.on('close', () => {
      this.#passages.delete(passage);
      server.destroy();
      this.emit('closed');
    });
    server.on('close', () => {
      if (!passage.swallows) client.destroy();
    });
  }
}
