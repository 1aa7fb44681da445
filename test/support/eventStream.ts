import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Surfer } from './surfer.js';

/** An event as a browser would hand it to a page, with the id that it would send when it resumes. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string;
}

/** A server-sent event stream, read the way a browser reads it (HTML Standard, 9.2.6). */
export class EventStream {
  /** Every byte so far. */
  text = '';
  readonly events: StreamEvent[] = [];
  private readonly waiters: { isMet(): boolean; resolve(): void }[] = [];
  private ended = false;

  constructor(
    readonly response: IncomingMessage,
    private readonly asked: ClientRequest,
  ) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.text += chunk;
      this.parse();
      this.look();
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      this.ended = true;
      this.look();
    });
  }

  private parse(): void {
    const blocks = this.text.split('\n\n').slice(0, -1);
    const events = blocks.flatMap((block) => {
      const fields = new Map(block.split('\n').map((line) => line.split(': ') as [string, string]));
      const data = fields.get('data');
      if (data === undefined) return [];
      return [{ type: fields.get('event') ?? 'message', data, id: fields.get('id') ?? '' }];
    });
    this.events.splice(0, this.events.length, ...events);
  }

  private look(): void {
    for (const waiter of [...this.waiters]) {
      if (!waiter.isMet()) continue;
      this.waiters.splice(this.waiters.indexOf(waiter), 1);
      waiter.resolve();
    }
  }

  private until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push({ isMet, resolve }));
  }

  /** Resolves once there were so many events. */
  heard(count: number): Promise<void> {
    return this.until(() => this.events.length >= count);
  }

  /** Resolves once there is this text among all that came. */
  saw(text: string): Promise<void> {
    return this.until(() => this.text.includes(text));
  }

  /** Resolves once the server has ended it. */
  over(): Promise<void> {
    return this.until(() => this.ended);
  }

  /** Leaves, as a closed tab does. */
  leave(): void {
    this.asked.destroy();
  }
}

/** Opens a stream, or gets whatever answer there is in its place. */
export function openStream(
  url: string,
  cookie: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      headers: { accept: 'text/event-stream', cookie, ...headers },
      agent: false,
    });
    asked.once('response', (response) => resolve(new EventStream(response, asked)));
    asked.on('error', reject);
    asked.end();
  });
}

/** A browser that is signed in, and opens streams. */
export interface LiveBrowser {
  /** Signs in, as somebody else too. */
  signIn(identifier: string): Promise<void>;
  open(headers?: Readonly<Record<string, string>>): Promise<EventStream>;
  post(path: string, fields?: Readonly<Record<string, string>>): Promise<number>;
  /** Goes on at another instance, with the same cookies. */
  moveTo(origin: string): void;
}

export function liveBrowser(first: string): LiveBrowser {
  const surfer = new Surfer();
  let origin = first;
  let token = '';
  async function read(path: string): Promise<void> {
    const { text } = await surfer.go(origin + path);
    token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? token;
  }
  async function post(path: string, fields: Readonly<Record<string, string>> = {}): Promise<number> {
    const response = await surfer.ask(origin + path, { method: 'POST', form: { ...fields, _csrf: token } });
    await response.arrayBuffer();
    return response.status;
  }
  return {
    post,
    moveTo(other) {
      origin = other;
    },
    async signIn(identifier) {
      await read('/sign-in');
      const status = await post('/sign-in', { identifier });
      if (status !== 303) throw new Error(`the sign-in answered ${status}`);
      await read('/connections');
    },
    open(headers) {
      const cookie = `connect=${surfer.cookie(new URL(origin).hostname, 'connect') ?? ''}`;
      return openStream(`${origin}/events`, cookie, headers);
    },
  };
}
