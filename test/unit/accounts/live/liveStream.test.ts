import { Writable } from 'node:stream';
import { LiveStream } from '../../../../server/accounts/live/liveStream.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../../support/jest.js';

/** Takes everything, or nothing at all. */
class Client extends Writable {
  text = '';

  constructor(private readonly reads: boolean) {
    super({ decodeStrings: false, highWaterMark: 16 });
  }

  override _write(chunk: string, _encoding: BufferEncoding, taken: () => void): void {
    this.text += chunk;
    if (this.reads) taken();
  }

  get events(): number {
    return this.text.split('event: changed\ndata: {}\n\n').length - 1;
  }
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

function open(reads = true) {
  const client = new Client(reads);
  return { client, stream: new LiveStream(client, 250, 3000) };
}

describe('a live stream', () => {
  it('begins with when to come back and an id, and without an event', () => {
    expect(open().client.text).toBe('retry: 3000\nid: 0\n\n');
  });

  it('says "read again" at once, with an id that counts its own events', () => {
    const { client, stream } = open();
    stream.tell();
    expect(client.text).toContain('id: 1\nevent: changed\ndata: {}\n\n');
  });

  it('says for a burst that it began and that it went on, and loses none', () => {
    const { client, stream } = open();
    for (let count = 0; count < 100; count += 1) stream.tell();
    expect(client.events).toBe(1);
    jest.advanceTimersByTime(249);
    expect(client.events).toBe(1);
    jest.advanceTimersByTime(1);
    expect(client.events).toBe(2);
    jest.advanceTimersByTime(10_000);
    expect(client.events).toBe(2);
  });

  it('keeps the pause after a late event too', () => {
    const { client, stream } = open();
    stream.tell();
    stream.tell();
    jest.advanceTimersByTime(250);
    stream.tell();
    expect(client.events).toBe(2);
    jest.advanceTimersByTime(250);
    expect(client.events).toBe(3);
  });

  it('says at its end what was still to be said', () => {
    const { client, stream } = open();
    stream.end(true);
    expect(client.events).toBe(1);
    expect(client.writableEnded).toBe(true);
  });

  it('says nothing more once the other end has gone', () => {
    const { client, stream } = open();
    stream.tell();
    stream.tell();
    stream.forget();
    jest.advanceTimersByTime(10_000);
    expect(client.events).toBe(1);
  });

  it('drops a client that does not read, before much lies there', () => {
    const { client, stream } = open(false);
    let most = 0;
    for (let count = 0; count < 10_000 && !client.destroyed; count += 1) {
      stream.beat();
      stream.tell();
      jest.advanceTimersByTime(250);
      most = Math.max(most, client.writableLength);
    }
    expect(client.destroyed).toBe(true);
    expect(most).toBeLessThan(5000);
  });
});
