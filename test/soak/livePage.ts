import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { paths } from '../../server/paths.js';
import type { Answers } from './answers.js';
import type { FaultWindows } from './faultWindows.js';
import { type Ledger, pairOf, type Standing } from './ledger.js';
import { type SoakBrowser, statesOn, Unanswered } from './soakBrowser.js';

export interface LivePageDeps {
  readonly origin: string;
  readonly answers: Answers;
  readonly windows: FaultWindows;
  readonly ledger: Ledger;
}

/** How long a page may take to show what changed, from the change or from the end of the fault that came between. */
const shownWithinMs = 30_000;
const lookEveryMs = 50;
/** After an answer that is no stream. The client script waits for a minute, and a page that is opened anew for nothing. */
const openAgainMs = 3_000;
const kind = 'opening a stream';

/**
 * A list that a user has open: it reads itself when its stream opens and when it is told to, and at no other time, so
 * that what it shows proves that it was told. It opens a stream that broke again as a browser does.
 */
export class LivePage {
  #shown = new Map<string, string>();
  #retryMs = openAgainMs;
  /** Null before the first, so that the server is told of a stream that goes on. */
  #lastId: string | null = null;
  #asked: ClientRequest | null = null;
  #readingWanted = false;
  #reading: Promise<void> | null = null;
  #closed = false;

  constructor(
    private readonly deps: LivePageDeps,
    private readonly browser: SoakBrowser,
    readonly identifier: string,
  ) {
    void this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#asked?.destroy();
  }

  /** Watches that the page comes to show a change, for as long as it is open and nothing else has changed. */
  async expect(connection: string, standing: Standing, version: number): Promise<void> {
    const { ledger, windows, answers } = this.deps;
    const pair = pairOf(this.identifier, connection);
    const began = performance.now();
    while (!this.#closed && ledger.versionOf(pair) === version) {
      if (this.#shown.get(connection) === standing) return answers.note('a change on an open page', began);
      if (performance.now() > Math.max(began, windows.healedAt()) + shownWithinMs) {
        return ledger.lose(`an open page of ${pair} was not told that it is ${standing}`);
      }
      await pause(lookEveryMs);
    }
  }

  async #open(): Promise<void> {
    while (!this.#closed) {
      await this.#stream();
      await pause(this.#retryMs);
    }
  }

  /** Opens the stream, and resolves when it is over. */
  #stream(): Promise<void> {
    const { origin, answers, ledger } = this.deps;
    const began = performance.now();
    let isAnswered = false;
    return new Promise((resolve) => {
      const headers = {
        accept: 'text/event-stream',
        cookie: this.browser.sessionCookie,
        ...(this.#lastId !== null && { 'last-event-id': this.#lastId }),
      };
      const asked = get(origin + paths.events, { headers, agent: false });
      this.#asked = asked;
      asked.on('response', (response) => {
        const { statusCode = 0 } = response;
        isAnswered = true;
        response.on('close', resolve).on('error', () => undefined);
        if (statusCode === 200) {
          answers.note(kind, began);
          this.#listen(response);
          return;
        }
        response.resume();
        if (this.#closed) return;
        answers.note(kind, began, String(statusCode));
        if (statusCode === 401) ledger.lose(`${this.identifier} was signed out while a page was open`);
        this.#lastId = null;
        this.#retryMs = openAgainMs;
      });
      asked.on('error', () => {
        if (!this.#closed && !isAnswered) answers.note(kind, began, 'the connection broke');
        resolve();
      });
    });
  }

  #listen(response: IncomingMessage): void {
    // One that goes on is told to read by the server.
    if (this.#lastId === null) this.#read();
    let text = '';
    response.setEncoding('utf8').on('data', (piece: string) => {
      const blocks = (text + piece).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks)
        this.#take(new Map(block.split('\n').map((line) => line.split(': ') as [string, string])));
    });
  }

  #take(fields: ReadonlyMap<string, string>): void {
    this.#retryMs = Number(fields.get('retry') ?? this.#retryMs);
    this.#lastId = fields.get('id') ?? this.#lastId;
    if (fields.get('event') === 'changed') this.#read();
  }

  /** Reads the list, and once more when it is told to meanwhile. */
  #read(): void {
    this.#readingWanted = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
  }

  async #readAll(): Promise<void> {
    while (this.#readingWanted && !this.#closed) {
      this.#readingWanted = false;
      try {
        const { text } = await this.browser.read(paths.connections);
        this.#shown = statesOn(text);
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        this.#readingWanted = true;
        await pause(openAgainMs);
      }
    }
  }
}
