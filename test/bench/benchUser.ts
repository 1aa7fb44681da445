import { paths } from '../../server/paths.js';

/** A user at a browser without script, on connections that are kept open. */
export class BenchUser {
  #cookie = '';
  #csrf = '';

  constructor(
    private readonly origin: string,
    readonly identifier: string,
  ) {}

  /** The headers of a request of this user's. */
  get headers(): { readonly cookie: string; readonly accept: string } {
    return { cookie: this.#cookie, accept: 'text/html, application/json' };
  }

  /** @throws Error when the answer is not a 200 */
  async get(path: string): Promise<string> {
    const response = await this.#send(path);
    const body = await response.text();
    if (response.status !== 200) throw new Error(`GET ${path} answered ${response.status}`);
    this.#csrf = /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? this.#csrf;
    return body;
  }

  /** Sends a form with the token of the last page. @returns where the answer leads */
  async post(path: string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
    const body = new URLSearchParams({ ...fields, _csrf: this.#csrf });
    const response = await this.#send(path, { method: 'POST', body });
    await response.arrayBuffer();
    const location = response.headers.get('location');
    if (response.status !== 303 || location === null) {
      throw new Error(`POST ${path} answered ${response.status}`);
    }
    return location;
  }

  /** Sends a form that answers with a file. @throws Error when the answer is not a 200 */
  async download(path: string): Promise<ReadableStream<Uint8Array>> {
    const body = new URLSearchParams({ _csrf: this.#csrf });
    const response = await this.#send(path, { method: 'POST', body });
    if (response.status !== 200 || response.body === null) {
      throw new Error(`POST ${path} answered ${response.status}`);
    }
    return response.body;
  }

  async signIn(): Promise<this> {
    await this.get(paths.signIn);
    await this.post(paths.signIn, { identifier: this.identifier });
    return this;
  }

  /** Starts a flow of a connection that no browser comes back from. @returns the path that is polled for it */
  async startStaticFlow(connectionName: string): Promise<string> {
    await this.get(paths.connections);
    const statusPath = await this.post(paths.startConnect(connectionName));
    const flowId = new URL(statusPath, this.origin).searchParams.get('flow') ?? '';
    return paths.statusJson(connectionName, flowId);
  }

  async #send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = this.headers;
    const response = await fetch(this.origin + path, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) this.#cookie = cookie.split(';', 1)[0] ?? '';
    return response;
  }
}
