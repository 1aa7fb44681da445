import type { ChangeEvents } from '../../store/database/changeEvents.js';
import { type EventSink, LiveStream } from './liveStream.js';

export interface LiveEventsDeps {
  readonly events: Pick<ChangeEvents, 'subscribe'>;
  /** Whose a session is now, as the database has it; null when it is nobody's or has ended. */
  ownerOf(sessionId: string): Promise<string | null>;
}

export interface LiveEventsOptions {
  /** How often a stream shows that it lives, and its session is read again. Milliseconds. */
  readonly heartbeatMs?: number;
  /** The shortest time between two events of one stream, in milliseconds. */
  readonly pauseMs?: number;
  /** Everybody's pages are told to read again over this long a time, in milliseconds. */
  readonly spreadMs?: number;
}

/** Who listens: a browser session, and the user that it was signed in as when the stream was opened. */
export interface LiveListener {
  readonly sessionId: string;
  readonly identifier: string;
  /** Whether the browser lost a stream, so that something may have been missed. */
  readonly resumes: boolean;
}

/** The streams of one session. */
interface Listening {
  readonly sessionId: string;
  readonly identifier: string;
  readonly streams: Set<LiveStream>;
  /** When it is due to show that it lives, as `performance.now()` counts. */
  dueAt: number;
  /** Events may have been lost since the last heartbeat. */
  doubtful: boolean;
}

/** On this instance; a browser keeps six connections to an origin over HTTP/1.1, and pages need some. */
const streamsPerSession = 3;
/** A session may end between its request and its stream, so that it is soon read once more. */
const firstBeatMs = 1000;
const longestTickMs = 100;
const retryMs = () => 2000 + Math.floor(Math.random() * 3000);

/** The streams share what listens: an event costs what the streams of its own user cost. */
export function createLiveEvents(
  { events, ownerOf }: LiveEventsDeps,
  { heartbeatMs = 15_000, pauseMs = 250, spreadMs = 1000 }: LiveEventsOptions = {},
) {
  const bySession = new Map<string, Listening>();
  const byUser = new Map<string, Set<Listening>>();
  let closed = false;
  let ticking: NodeJS.Timeout | null = null;

  const ofUser = (identifier: string) => [...(byUser.get(identifier) ?? [])];

  function join({ sessionId, identifier }: LiveListener): Listening {
    const known = bySession.get(sessionId);
    if (known?.identifier === identifier) return known;
    if (known !== undefined) end(known, true);
    const listening = { sessionId, identifier, streams: new Set<LiveStream>(), dueAt: 0, doubtful: false };
    bySession.set(sessionId, listening);
    byUser.set(identifier, (byUser.get(identifier) ?? new Set()).add(listening));
    schedule(listening, Math.min(firstBeatMs, heartbeatMs));
    return listening;
  }

  function leave(listening: Listening): void {
    if (bySession.get(listening.sessionId) !== listening) return;
    bySession.delete(listening.sessionId);
    const others = byUser.get(listening.identifier);
    others?.delete(listening);
    if (others?.size === 0) byUser.delete(listening.identifier);
  }

  function end(listening: Listening, last: boolean): void {
    leave(listening);
    for (const stream of listening.streams) stream.end(last);
  }

  /** Whether the streams may stay. What can't be read allows nothing; the browser comes back by itself. */
  async function reauthorise(listening: Listening): Promise<boolean> {
    const owner = await ownerOf(listening.sessionId).catch(() => null);
    const stays = owner === listening.identifier;
    // Told to read again, the page finds out by itself that its session is over.
    if (!stays && bySession.get(listening.sessionId) === listening) end(listening, true);
    return stays && bySession.get(listening.sessionId) === listening;
  }

  async function beat(listening: Listening): Promise<void> {
    const { doubtful } = listening;
    listening.doubtful = false;
    listening.dueAt = Number.POSITIVE_INFINITY;
    if (!(await reauthorise(listening))) return;
    for (const stream of listening.streams) {
      if (doubtful) stream.tell();
      else stream.beat();
    }
    schedule(listening, listening.doubtful ? soon() : heartbeatMs);
  }

  const soon = () => Math.random() * spreadMs;

  function schedule(listening: Listening, ms: number): void {
    listening.dueAt = performance.now() + ms;
    ticking ??= setInterval(tick, Math.min(longestTickMs, heartbeatMs / 5)).unref();
  }

  /** One timer for all: one for each is more memory than what it is for. */
  function tick(): void {
    const now = performance.now();
    for (const listening of [...bySession.values()]) if (listening.dueAt <= now) void beat(listening);
    if (bySession.size === 0) stopTicking();
  }

  function stopTicking(): void {
    if (ticking !== null) clearInterval(ticking);
    ticking = null;
  }

  const unsubscribe = events.subscribe((event) => {
    if (event.kind !== 'sessions') return;
    for (const listening of ofUser(event.identifier)) void reauthorise(listening);
  });

  const unsubscribeSpread = events.subscribe((event) => {
    switch (event.kind) {
      case 'accounts':
        for (const { streams } of ofUser(event.identifier)) for (const stream of streams) stream.tell();
        return;
      case 'requirements':
      case 'missed':
        for (const listening of bySession.values()) {
          listening.doubtful = true;
          schedule(listening, soon());
        }
    }
  }, 'spread');

  return {
    /** Whether the session has fewer than three streams. */
    hasRoomFor({ sessionId, identifier }: LiveListener): boolean {
      const known = bySession.get(sessionId);
      const open = known?.identifier === identifier ? known.streams.size : 0;
      return open < streamsPerSession;
    },
    /** Whether this instance opens no more. */
    isClosed: () => closed,
    /**
     * Opens a stream, which ends when its session does.
     * @returns what to call once the client is gone
     */
    open(listener: LiveListener, sink: EventSink): () => void {
      const listening = join(listener);
      const stream = new LiveStream(sink, pauseMs, retryMs());
      listening.streams.add(stream);
      if (listener.resumes) stream.tell();
      return () => {
        stream.forget();
        listening.streams.delete(stream);
        if (listening.streams.size === 0) leave(listening);
      };
    },
    /** How many streams are open. */
    count: (): number => [...bySession.values()].reduce((sum, { streams }) => sum + streams.size, 0),
    /** Ends every stream; nobody opens one afterwards. */
    close(): void {
      closed = true;
      unsubscribe();
      unsubscribeSpread();
      stopTicking();
      for (const listening of [...bySession.values()]) end(listening, false);
    },
  };
}

export type LiveEvents = ReturnType<typeof createLiveEvents>;
