import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * One connection to the sandbox. It can go silent, as it does when a NAT or a load balancer forgets it: every packet is
 * swallowed from then on, in both directions, and neither side is told.
 */
export class Wire extends Duplex {
  #silent = false;
  #carriesControl = false;

  constructor(private readonly socket: Socket) {
    super({ allowHalfOpen: true });
    socket.on('data', (chunk: Buffer) => {
      if (!this.#silent && !this.push(chunk)) socket.pause();
    });
    socket.on('end', () => {
      if (!this.#silent) this.push(null);
      else socket.destroy();
    });
    socket.on('close', () => this.destroy());
    socket.on('timeout', () => this.emit('timeout'));
    // A caller that disconnects in the middle is no fault of the sandbox.
    socket.on('error', () => socket.destroy());
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress;
  }

  /** Used by the HTTP/1.1 server, which closes idle connections. */
  setTimeout(ms: number): this {
    this.socket.setTimeout(ms);
    return this;
  }

  /** @returns whether this call silenced it: false when it was silent already, or is spared */
  goSilent(): boolean {
    if (this.#silent || this.#carriesControl) return false;
    this.#silent = true;
    // Incoming data is still read from the network, or its sender would notice.
    this.socket.resume();
    return true;
  }

  /** Spares the connections of the control: a caller that asks for silence needs its answer. */
  spare(): void {
    this.#carriesControl = true;
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#silent) done();
    else this.socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#silent) done();
    else this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // This side does not close a silent connection, or its caller would notice.
    if (!this.#silent) this.socket.destroy();
    done(error);
  }
}
