import { parsedUrl } from '../../server/kernel/parsedUrl.js';
import { paths, routes } from '../../server/paths.js';
import { Surfer } from '../support/surfer.js';
import type { Answers } from './answers.js';

/** A request that came to no good answer. It is counted already. */
export class Unanswered extends Error {}

/** A request has nine seconds, and the machine of a soak has much to do. */
const answerWithinMs = 30_000;

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^\/sign-/, 'signing in and out'],
  [/^\/connections$/, 'the list'],
  [/\/status\.json$/, 'status.json'],
  [/\/status$/, 'the status page'],
  [/\/(connect|link)$/, 'connect'],
  [/^\/user\/verify$/, 'the return from consent'],
  [/^\/user\/returned$/, 'why a return came to nothing'],
  [/\/disconnect$/, 'disconnect'],
  [/^\/onboarding/, 'an onboarding'],
  [/^\/api\//, 'an ask of the API'],
  [/^\/admin/, 'an admin page'],
];

export const kindOf = (pathname: string): string =>
  kinds.find(([pattern]) => pattern.test(pathname))?.[1] ?? 'another page';

/** The word for why there was no answer. */
const reasonOf = (error: unknown): string =>
  (error as Error).name === 'TimeoutError' ? 'no answer in time' : 'the connection broke';

/** The status, and what the page or the API says of it. */
function refusalOf(status: number, body: ArrayBuffer): string {
  const text = new TextDecoder().decode(body);
  const said = /"code":"([^"]+)"/.exec(text)?.[1] ?? /<h1[^>]*>([^<]+)/.exec(text)?.[1] ?? '';
  return `${status} ${said.trim()}`.trim();
}

/**
 * Asks, notes how long the whole answer took, and counts what is none.
 * @param began when it was asked for what is answered
 * @throws Unanswered where there is none, or one of 400 or more
 */
export async function answerTo(
  answers: Answers,
  kind: string,
  url: string | URL,
  init: RequestInit = {},
  began = performance.now(),
): Promise<Response> {
  let response: Response;
  let body: ArrayBuffer;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(answerWithinMs) });
    body = await response.arrayBuffer();
  } catch (error) {
    answers.note(kind, began, reasonOf(error));
    throw new Unanswered(reasonOf(error));
  }
  const { status, headers } = response;
  const refusal = status < 400 ? null : refusalOf(status, body);
  answers.note(kind, began, refusal);
  if (refusal !== null) throw new Unanswered(`${kind}: ${refusal}`);
  return new Response(status === 204 || status === 304 ? null : body, { status, headers });
}

/** A user's browser, which is the app's and meets no other fault than those of the soak. */
export class SoakBrowser extends Surfer {
  #csrf = '';
  /** When the requests began that were sent on to why they came to nothing, by its address. */
  readonly #failedFrom = new Map<string, number>();

  constructor(
    private readonly origin: string,
    private readonly answers: Answers,
  ) {
    super();
  }

  protected override async send(url: URL, init: RequestInit): Promise<Response> {
    const kind = url.origin === this.origin ? kindOf(url.pathname) : 'the consent at the sandbox';
    // What this page tells came of the request that led to it.
    const began = this.#failedFrom.get(url.href) ?? performance.now();
    const response = await answerTo(this.answers, kind, url, init, began);
    const next = parsedUrl(response.headers.get('location') ?? '', url.href);
    if (next?.pathname === routes.returned) this.#failedFrom.set(next.href, began);
    return response;
  }

  /** Reads a page of the app, wherever it leads. */
  async read(path: string) {
    const landing = await this.go(this.origin + path);
    this.#csrf = /name="_csrf" value="([^"]+)"/.exec(landing.text)?.[1] ?? this.#csrf;
    return landing;
  }

  /** Sends a form with the token of the page that was read last, and goes wherever that leads. */
  async press(
    path: string,
    fields: Readonly<Record<string, string>> = {},
    stopAt?: (url: string) => boolean,
  ) {
    const form = { ...fields, _csrf: this.#csrf };
    const landing = await this.go(this.origin + path, { method: 'POST', form, ...(stopAt && { stopAt }) });
    this.#csrf = /name="_csrf" value="([^"]+)"/.exec(landing.text)?.[1] ?? this.#csrf;
    return landing;
  }

  /** Reads a page, and sends its form that goes there. @returns whether it has one */
  async pressIfThere(page: string, path: string): Promise<boolean> {
    const { text } = await this.read(page);
    if (!text.includes(`action="${path}"`)) return false;
    await this.press(path);
    return true;
  }

  /** Sends a form, and does not follow. @returns where it leads, as a local path */
  async submitOnce(path: string): Promise<string> {
    const response = await this.ask(this.origin + path, { method: 'POST', form: { _csrf: this.#csrf } });
    return response.headers.get('location') ?? '';
  }

  async signIn(identifier: string): Promise<this> {
    await this.read(paths.signIn);
    await this.press(paths.signIn, { identifier });
    return this;
  }

  /** What a stream of the app's has to send along. */
  get sessionCookie(): string {
    return `connect=${this.cookie(new URL(this.origin).hostname, 'connect') ?? ''}`;
  }
}

/** The states on a list, by connection. */
export const statesOn = (html: string): Map<string, string> =>
  new Map(
    [...html.matchAll(/data-connection="([^"]+)" data-state="([^"]+)"/g)].map(
      ([, name = '', state = '']) => [name, state] as const,
    ),
  );
