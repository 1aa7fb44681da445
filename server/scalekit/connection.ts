import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type CallOptions, type Client, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import sdkCore from '@scalekit-sdk/node/lib/core.js';
import { ConnectedAccountService } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { ConnectionService } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connections/connections_pb.js';
import { EventsService } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/events/events_pb.js';
import { ToolService } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/tools/tools_pb.js';
import { isAnswer, TokenError } from './failedTry.js';
import type { ProviderRequest } from './gateway.js';

/** The services that are called, on one connection. */
interface Services {
  readonly accounts: Client<typeof ConnectedAccountService>;
  readonly connections: Client<typeof ConnectionService>;
  readonly events: Client<typeof EventsService>;
  readonly tools: Client<typeof ToolService>;
}

/** One RPC: a method of a service, with the message that it sends. */
export type Rpc<Answer> = (services: Services, options: CallOptions) => Promise<Answer>;

export interface ConnectionOptions {
  readonly environmentUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The deadline of a call, in milliseconds: what is silence is told by it. */
  readonly timeoutMs: number;
  /** After how long without a call a connection is closed, in milliseconds. */
  readonly idleMs?: number;
}

/** How an RPC is sent. */
export interface SendOptions {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** The time left for the call, in milliseconds. Each try ends by then too. */
  readonly timeoutMs: number;
  /** A read may be sent again while nobody knows what became of the first try. */
  readonly isRead: boolean;
}

const defaultIdleMs = 120_000;
/** A page of accounts takes some 100 kB. */
const mostAnswerBytes = 16 * 1024 * 1024;
const mostTokenBytes = 1024 * 1024;
/** What a provider says of its user takes a few kB. */
const mostProviderBytes = 64 * 1024;
/** A try ends this much later than its call, so that the call's own reason is reported. */
const afterDeadlineMs = 100;
/** After this many silent new connections in a row, reads are no longer repeated. */
const mostSilentSwaps = 2;
/** The least time that a new connection may stay silent, however short the deadline. */
const openingMs = 2000;

/** One HTTP/2 connection at a time. It is opened by its first call, and again by the next one after it was closed. */
class Line {
  /** When the last answer came over the connection. */
  #heardAt: number | null = null;
  #openedAt: number | null = null;
  #inFlight = 0;
  #retired = false;

  constructor(
    readonly services: Services,
    private readonly manager: Http2SessionManager,
    private readonly onAnswer: (tookMs: number, isRead: boolean) => void,
  ) {}

  async send<Answer>(rpc: Rpc<Answer>, timeoutMs: number, isRead: boolean): Promise<Answer> {
    const sentAt = performance.now();
    const heard = () => {
      this.#heardAt = performance.now();
      this.onAnswer(this.#heardAt - sentAt, isRead);
    };
    this.#openedAt ??= sentAt;
    this.#inFlight += 1;
    try {
      const answer = await rpc(this.services, { timeoutMs });
      heard();
      return answer;
    } catch (error) {
      if (isAnswer(error)) heard();
      throw error;
    } finally {
      this.#inFlight -= 1;
      this.#closeWhenDone();
    }
  }

  /**
   * How much longer it may be silent, in milliseconds, before a call on it gives it up; 0 or less when it may not.
   * @param patienceMs how long it may be silent after the call was sent, and after an answer to another call came
   */
  patienceLeft(sentAt: number, patienceMs: number): number {
    const quietUntil =
      this.#heardAt === null
        ? Math.max(sentAt + patienceMs, (this.#openedAt ?? sentAt) + openingMs)
        : Math.max(sentAt, this.#heardAt) + patienceMs;
    return quietUntil - performance.now();
  }

  /** Accepts no new calls. Calls under way may still be answered, and end at their deadlines at the latest; then it closes. */
  retire(): void {
    this.#retired = true;
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (this.#retired && this.#inFlight === 0) this.manager.abort();
  }
}

/**
 * The way to Scalekit: one HTTP/2 connection for all calls, and the operator's access token.
 *
 * A connection can die without a word: a NAT or a load balancer forgets it, every packet is swallowed, and nobody says
 * so. Then nothing but the silence tells. A read that has waited for a third of its deadline, while nothing at all
 * came over the connection, is sent again on a new one, which all later calls use; the first answer counts. A write
 * cannot be sent twice: it waits until its deadline, and the connection is replaced then.
 *
 * Silence may also mean that Scalekit is slow. So the calls on the connection that was given up go on until they are
 * answered or their time is over. A read that is answered late tells how long answers take these days, and from then
 * on the wait is half as long again; it shrinks with each answer that comes sooner. When new connections are silent too,
 * it is not the connection that is at fault: then nothing is sent twice, and a connection is only replaced at a
 * deadline.
 *
 * There are no pings: when one of connect-node 2.1 gets no answer, an error that nothing can catch ends the process.
 */
export class ScalekitConnection {
  readonly #core: InstanceType<typeof sdkCore.default>;
  readonly #newLine: () => Line;
  readonly #timeoutMs: number;
  #line: Line;
  /** How long answers to reads have recently taken at worst. */
  #slowestMs = 0;
  /** How many connections were replaced since the last answer on any of them. */
  #silentSwaps = 0;
  #tokenRequest: Promise<void> | null = null;

  /** @throws {Error} when the SDK refuses the options */
  constructor({
    environmentUrl,
    clientId,
    clientSecret,
    timeoutMs,
    idleMs: idleConnectionTimeoutMs = defaultIdleMs,
  }: ConnectionOptions) {
    this.#timeoutMs = timeoutMs;
    // Shorter than a call, so that a token request that hangs is over by the time the next call wants one.
    this.#core = createCore(environmentUrl, clientId, clientSecret, timeoutMs * 0.75);
    const interceptors = [callHeaders(this.#core)];
    this.#newLine = () => {
      const manager = new Http2SessionManager(environmentUrl, { idleConnectionTimeoutMs });
      const transport = createGrpcTransport({
        baseUrl: environmentUrl,
        sessionManager: withoutLateErrors(manager),
        interceptors,
        readMaxBytes: mostAnswerBytes,
      });
      const services = {
        accounts: createClient(ConnectedAccountService, transport),
        connections: createClient(ConnectionService, transport),
        events: createClient(EventsService, transport),
        tools: createClient(ToolService, transport),
      };
      return new Line(services, manager, (...answer) => this.#heard(...answer));
    };
    this.#line = this.#newLine();
  }

  /** The access token that calls carry, null until one was fetched. */
  get accessToken(): string | null {
    return this.#core.accessToken;
  }

  /**
   * Fetches an access token, unless there is another one by now. Whoever wants one at the same time shares the request.
   * @param stale the one that was refused
   * @throws {TokenError}
   */
  renewToken(stale: string | null): Promise<void> {
    if (this.#core.accessToken !== stale) return Promise.resolve();
    this.#tokenRequest ??= this.#fetchToken().finally(() => {
      this.#tokenRequest = null;
    });
    return this.#tokenRequest;
  }

  /** Sends one RPC. A read on a silent connection is repeated on a new one. Rejects when the signal aborts. */
  send<Answer>(rpc: Rpc<Answer>, { signal, timeoutMs, isRead }: SendOptions): Promise<Answer> {
    signal.throwIfAborted();
    const endsAt = performance.now() + timeoutMs;
    return new Promise<Answer>((resolve, reject) => {
      const tries = new Map<Line, number>();
      let latest = this.#line;
      let watch: NodeJS.Timeout | undefined;
      let isDone = false;

      const done = () => {
        isDone = true;
        clearTimeout(watch);
        signal.removeEventListener('abort', giveUp);
      };
      const giveUp = () => {
        done();
        for (const [line, sentAt] of tries) this.#noteLost(line, sentAt);
        reject(signal.reason);
      };
      const attempt = () => {
        const line = this.#line;
        const sentAt = performance.now();
        latest = line;
        tries.set(line, sentAt);
        if (isRead) listen(line, sentAt);
        line.send(rpc, Math.ceil(endsAt - sentAt) + afterDeadlineMs, isRead).then(
          (answer) => {
            done();
            resolve(answer);
          },
          (error: unknown) => {
            // A connection that was given up may still break; the try on the new one goes on.
            if (line !== latest && !isAnswer(error)) return;
            done();
            reject(error);
          },
        );
      };
      /** Waits for as long as the connection may be silent, and longer when something comes over it meanwhile. */
      const listen = (line: Line, sentAt: number) => {
        if (isDone) return;
        const leftMs = line.patienceLeft(sentAt, this.#patienceMs);
        // In a process that was busy for long, timers come before what has arrived meanwhile: that is read first.
        if (leftMs > 0) watch = setTimeout(setImmediate, leftMs, () => listen(line, sentAt));
        else if (this.#giveUpEarly(line)) attempt();
      };

      signal.addEventListener('abort', giveUp, { once: true });
      attempt();
    });
  }

  /**
   * Asks a provider through Scalekit's proxy, with a fresh access token if the first was refused.
   * @param signal ends the wait
   */
  async askProvider(request: ProviderRequest, signal: AbortSignal): Promise<ProxyAnswer> {
    const { accessToken } = this.#core;
    if (accessToken === null) await this.renewToken(null);
    const answer = await this.#sendToProxy(request, signal);
    // Scalekit's own refusal, or the provider's: only trying again tells.
    if (answer.status !== 401 || accessToken === null) return answer;
    await this.renewToken(accessToken);
    return this.#sendToProxy(request, signal);
  }

  async #sendToProxy(
    { connectionName, identifier, method, path, body }: ProviderRequest,
    signal: AbortSignal,
  ): Promise<ProxyAnswer> {
    const http = this.#core.axios as HttpClient;
    const { status, data } = await http.request({
      url: `/proxy${path}`,
      method,
      headers: {
        accept: 'application/json',
        ...(body !== null && { 'content-type': 'application/json' }),
        connection_name: connectionName,
        identifier,
      },
      ...(body !== null && { data: body }),
      signal,
      // The signal ends it, and the SDK's own limit is for tokens.
      timeout: 0,
      responseType: 'text',
      transformResponse: [(text: unknown) => text],
      maxContentLength: mostProviderBytes,
      maxRedirects: 0,
      validateStatus: () => true,
    });
    return { status, text: typeof data === 'string' ? data : '' };
  }

  /** How long a connection may be silent while a read waits. */
  get #patienceMs(): number {
    return Math.min(this.#timeoutMs, Math.max(this.#timeoutMs / 3, this.#slowestMs * 1.5));
  }

  #heard(tookMs: number, isRead: boolean): void {
    this.#silentSwaps = 0;
    // A write may take its time at a provider: that says nothing of how long a read waits.
    if (isRead) this.#slowestMs = Math.max(tookMs, this.#slowestMs - (this.#slowestMs - tookMs) / 8);
  }

  /** @returns whether there is another connection to repeat a read on */
  #giveUpEarly(line: Line): boolean {
    if (line === this.#line && this.#silentSwaps >= mostSilentSwaps) return false;
    this.#replace(line);
    return true;
  }

  /** A call ended at its deadline. One that had little time left says nothing about the connection. */
  #noteLost(line: Line, sentAt: number): void {
    const patienceMs = Math.min(this.#patienceMs, this.#timeoutMs / 2);
    if (line.patienceLeft(sentAt, patienceMs) <= 0) this.#replace(line);
  }

  /** The first of the calls that find the same connection dead replaces it. */
  #replace(line: Line): void {
    if (line !== this.#line) return;
    this.#silentSwaps += 1;
    this.#line = this.#newLine();
    line.retire();
  }

  async #fetchToken(): Promise<void> {
    const { clientId, clientSecret } = this.#core;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    const answer: { readonly data: { readonly access_token?: unknown } } = await this.#core
      .authenticate(form.toString())
      .catch((error: unknown) => {
        throw TokenError.from(error);
      });
    const token = answer.data?.access_token;
    if (typeof token !== 'string' || token === '')
      throw new TokenError('unexpected', 'no token in the answer');
    this.#core.accessToken = token;
  }
}

/**
 * connect-node's manager lets go of a connection that it closes for being idle. When that breaks afterwards, as one that
 * died without a word does in the end, nobody listens to its error, which would end the process.
 */
function withoutLateErrors(
  manager: Http2SessionManager,
): Pick<Http2SessionManager, 'authority' | 'request' | 'notifyResponseByteRead'> {
  const known = new WeakSet<object>();
  return {
    authority: manager.authority,
    notifyResponseByteRead: (stream) => manager.notifyResponseByteRead(stream),
    async request(...request) {
      const stream = await manager.request(...request);
      const { session } = stream;
      if (session !== undefined && !known.has(session)) {
        known.add(session);
        session.on('error', () => undefined);
      }
      return stream;
    },
  };
}

/** The used part of the SDK's HTTP client. TypeScript does not find its own types from the SDK's. */
interface HttpClient {
  readonly defaults: {
    httpAgent?: HttpAgent;
    httpsAgent?: HttpsAgent;
    maxContentLength?: number;
    proxy?: false;
  };
  readonly interceptors: {
    readonly request: { use(change: (config: { signal?: AbortSignal }) => object): unknown };
  };
  request(config: object): Promise<{ readonly status: number; readonly data: unknown }>;
}

/** What the proxy answered, whoever it comes from. */
interface ProxyAnswer {
  readonly status: number;
  readonly text: string;
}

/** The part of the SDK that knows the operator's credentials, and what each call says of its version. */
function createCore(environmentUrl: string, clientId: string, clientSecret: string, tokenTimeoutMs: number) {
  const core = new sdkCore.default(environmentUrl, clientId, clientSecret, undefined, tokenTimeoutMs);
  const { defaults, interceptors }: HttpClient = core.axios;
  // A connection that was kept may have died without a word.
  defaults.httpAgent = new HttpAgent({ keepAlive: false });
  defaults.httpsAgent = new HttpsAgent({ keepAlive: false });
  defaults.maxContentLength = mostTokenBytes;
  // It would ask the proxy of HTTP_PROXY, for the sandbox on this machine too, while calls go direct.
  defaults.proxy = false;
  // Its own time limit ends with the response's headers: a body that never comes needs this one.
  interceptors.request.use((config) =>
    Object.assign(config, { signal: config.signal ?? AbortSignal.timeout(tokenTimeoutMs) }),
  );
  return core;
}

/** The headers that the SDK sends with each call. */
function callHeaders(core: InstanceType<typeof sdkCore.default>): Interceptor {
  return (next) => (request) => {
    request.header.set('user-agent', core.userAgent);
    request.header.set('x-sdk-version', core.sdkVersion);
    request.header.set('x-api-version', core.apiVersion);
    if (core.accessToken !== null) request.header.set('authorization', `Bearer ${core.accessToken}`);
    return next(request);
  };
}
