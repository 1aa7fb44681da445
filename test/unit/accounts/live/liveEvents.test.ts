import { createLiveEvents, type LiveEvents } from '../../../../server/accounts/live/liveEvents.js';
import type { EventSink } from '../../../../server/accounts/live/liveStream.js';
import {
  type ChangeEvents,
  type ChangeListeners,
  createListeners,
} from '../../../../server/store/database/changeEvents.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../../support/jest.js';

const ada = 'ada@example.com';
const bob = 'bob@example.com';

/** A page's end of a stream. */
class Page implements EventSink {
  text = '';
  ended = false;
  readonly writableLength = 0;

  write(text: string): void {
    this.text += text;
  }

  end(text = ''): void {
    this.text += text;
    this.ended = true;
  }

  destroy(): void {
    this.ended = true;
  }

  get events(): number {
    return this.text.split('event: changed\ndata: {}\n\n').length - 1;
  }

  get beats(): number {
    return this.text.split('\n\n').filter((block) => block === ':').length;
  }
}

let owners: Map<string, string>;
let reads: string[];
let failing: boolean;
let tell: ChangeListeners['tell'];
let subscribers: number;
let live: LiveEvents;

beforeEach(() => {
  jest.useFakeTimers();
  owners = new Map([
    ['session of ada', ada],
    ['session of bob', bob],
  ]);
  reads = [];
  failing = false;
  subscribers = 0;
  const listeners = createListeners();
  tell = listeners.tell;
  const events: Pick<ChangeEvents, 'subscribe'> = {
    subscribe(listener, moment) {
      const stop = listeners.subscribe(listener, moment);
      subscribers += 1;
      return () => {
        subscribers -= 1;
        stop();
      };
    },
  };
  live = createLiveEvents({
    events,
    async ownerOf(sessionId) {
      reads.push(sessionId);
      if (failing) throw new Error('the database does not answer');
      return owners.get(sessionId) ?? null;
    },
  });
});

afterEach(() => {
  live.close();
  jest.useRealTimers();
});

function open(sessionId: string, identifier: string, resumes = false) {
  const listener = { sessionId, identifier, resumes };
  if (!live.hasRoomFor(listener)) throw new Error('there is no room');
  const page = new Page();
  return { page, leave: live.open(listener, page) };
}

const openAda = () => open('session of ada', ada);
const openBob = () => open('session of bob', bob);

describe('live events', () => {
  it('tell the pages of exactly the user whose accounts changed', () => {
    const [mine, other, theirs] = [openAda(), openAda(), openBob()];
    const before = theirs.page.text;
    tell({ kind: 'accounts', identifier: ada });
    tell({ kind: 'accounts', identifier: 'ADA@example.com' });
    expect([mine.page.events, other.page.events]).toEqual([1, 1]);
    expect(theirs.page.text).toBe(before);
  });

  it('tell of a change once the other instances hear of it, since the page may ask one of them, and of an end at once', async () => {
    const { page } = openAda();
    tell({ kind: 'accounts', identifier: ada }, 'at once');
    expect(page.events).toBe(0);
    tell({ kind: 'accounts', identifier: ada }, 'spread');
    expect(page.events).toBe(1);
    owners.clear();
    tell({ kind: 'sessions', identifier: ada }, 'at once');
    await jest.advanceTimersByTimeAsync(0);
    expect(page.ended).toBe(true);
  });

  it('keep two subscriptions, however many pages there are', () => {
    for (let count = 0; count < 100; count += 1) open(`session ${count}`, `user ${count}`);
    expect(subscribers).toBe(2);
    expect(live.count()).toBe(100);
  });

  it('give a session three streams, and a place back when one is left', () => {
    const [first] = [openAda(), openAda(), openAda()];
    expect(openAda).toThrow('no room');
    expect(openBob).not.toThrow();
    first?.leave();
    expect(openAda).not.toThrow();
  });

  it('forget who has left', async () => {
    const { leave } = openAda();
    leave();
    leave();
    expect(live.count()).toBe(0);
    await jest.advanceTimersByTimeAsync(60_000);
    // A timer that was left would have read the session.
    expect(reads).toEqual([]);
  });

  it('tell a page that resumes to read again, once', async () => {
    const { page } = open('session of ada', ada, true);
    await jest.advanceTimersByTimeAsync(14_000);
    expect(page.events).toBe(1);
  });

  it('read the session again at each heartbeat, once for all of its pages', async () => {
    const [one, other] = [openAda(), openAda()];
    await jest.advanceTimersByTimeAsync(1000);
    expect(reads).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(reads).toHaveLength(3);
    expect([one.page.beats, other.page.beats]).toEqual([3, 3]);
    expect(one.page.events).toBe(0);
  });

  it.each([
    ['is gone', () => owners.delete('session of ada')],
    ['is somebody else’s', () => owners.set('session of ada', bob)],
    ['can’t be read', () => (failing = true)],
  ])('end the streams of a session that %s at its heartbeat', async (_, change) => {
    const [one, other] = [openAda(), openAda()];
    await jest.advanceTimersByTimeAsync(2000);
    change();
    await jest.advanceTimersByTimeAsync(15_000);
    expect([one.page.ended, other.page.ended]).toEqual([true, true]);
    expect(live.count()).toBe(0);
    // A timer that was left would read the session once more. What else runs in the process may have timers of its own.
    const { length } = reads;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(reads).toHaveLength(length);
  });

  it('end the streams of a session as soon as its end is told, and only those', async () => {
    owners.set('other session of ada', ada);
    const [here, elsewhere, theirs] = [openAda(), open('other session of ada', ada), openBob()];
    owners.delete('session of ada');
    tell({ kind: 'sessions', identifier: ada });
    await jest.advanceTimersByTimeAsync(0);
    expect([here.page.ended, elsewhere.page.ended, theirs.page.ended]).toEqual([true, false, false]);
    expect(reads).not.toContain('session of bob');
  });

  it('let a session that changes hands listen to its new user only', () => {
    const old = openAda();
    const { page } = open('session of ada', bob);
    expect(old.page.ended).toBe(true);
    tell({ kind: 'accounts', identifier: ada });
    expect(page.events).toBe(0);
    tell({ kind: 'accounts', identifier: bob });
    expect(page.events).toBe(1);
  });

  it('tell everybody to read again when events may have been missed, and look at every session', async () => {
    const [mine, theirs] = [openAda(), openBob()];
    await jest.advanceTimersByTimeAsync(2000);
    owners.delete('session of bob');
    tell({ kind: 'missed' });
    await jest.advanceTimersByTimeAsync(1000);
    expect(mine.page).toMatchObject({ events: 1, ended: false });
    expect(theirs.page.ended).toBe(true);
  });

  it('forget no doubt that comes up while a session is read', async () => {
    const { page } = openAda();
    jest.advanceTimersByTime(1000);
    // The heartbeat waits for the database now.
    tell({ kind: 'missed' });
    await jest.advanceTimersByTimeAsync(1000);
    expect(page.events).toBe(1);
  });

  it('end every stream at a stop, without a word, and say that no more are opened', () => {
    const [mine, theirs] = [openAda(), openBob()];
    expect(live.isClosed()).toBe(false);
    live.close();
    expect([mine.page, theirs.page]).toMatchObject([
      { ended: true, events: 0 },
      { ended: true, events: 0 },
    ]);
    expect(live.isClosed()).toBe(true);
    expect(subscribers).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });
});
