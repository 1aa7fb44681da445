/** What a stream writes to; a response is one. */
export interface EventSink {
  write(text: string): unknown;
  end(text?: string): unknown;
  destroy(): unknown;
  /** Bytes that the client has not taken yet. */
  readonly writableLength: number;
}

/** More than this can only lie there when the client does not read: an event takes about 40 bytes. */
const unreadAtMost = 4096;

/**
 * One open page's server-sent events (HTML Standard, 9.2). An event says "read again" and nothing else: neither what
 * changed nor whose it is, and its id counts the events of this stream alone.
 */
export class LiveStream {
  private told = 0;
  private quietUntil = 0;
  private waiting: NodeJS.Timeout | null = null;

  /**
   * @param pauseMs the shortest time between two events, in milliseconds
   * @param retryMs how long the browser waits before it opens a stream that broke again, in milliseconds
   */
  constructor(
    private readonly sink: EventSink,
    private readonly pauseMs: number,
    retryMs: number,
  ) {
    // An id without data raises no event, and makes the browser say that it resumes.
    this.write(`retry: ${retryMs}\nid: 0\n\n`);
  }

  /** Says "read again": at once, or for everything within the pause together. */
  tell(): void {
    if (this.waiting !== null) return;
    const wait = this.quietUntil - performance.now();
    if (wait <= 0) this.tellNow();
    else this.waiting = setTimeout(() => this.tellNow(), wait).unref();
  }

  /** Shows proxies, and us, that the other end is there. */
  beat(): void {
    this.write(':\n\n');
  }

  /** @param last whether to say "read again" a last time */
  end(last: boolean): void {
    this.forget();
    this.sink.end(last ? this.nextEvent() : undefined);
  }

  /** The other end has gone. */
  forget(): void {
    if (this.waiting !== null) clearTimeout(this.waiting);
    this.waiting = null;
  }

  private tellNow(): void {
    this.waiting = null;
    this.quietUntil = performance.now() + this.pauseMs;
    this.write(this.nextEvent());
  }

  private nextEvent(): string {
    this.told += 1;
    return `id: ${this.told}\nevent: changed\ndata: {}\n\n`;
  }

  private write(text: string): void {
    if (this.sink.writableLength > unreadAtMost) this.sink.destroy();
    else this.sink.write(text);
  }
}
