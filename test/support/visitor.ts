import supertest, { type Response } from 'supertest';

/** A browser without script: it keeps cookies, reads pages, and sends the forms that it finds on them. */
export class Visitor {
  private readonly agent: ReturnType<typeof supertest.agent>;
  private csrf = '';

  constructor(origin: string) {
    this.agent = supertest.agent(origin);
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const response = await this.agent.get(path).set({ Accept: 'text/html', ...headers });
    this.csrf = /name="_csrf" value="([^"]+)"/.exec(response.text)?.[1] ?? this.csrf;
    return response;
  }

  /** The CSRF token of the page that was read last. */
  get token(): string {
    return this.csrf;
  }

  async head(path: string): Promise<Response> {
    return this.agent.head(path).set('Accept', 'text/html');
  }

  getJson(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.get(path, { Accept: 'application/json', ...headers });
  }

  /** Sends a form with the token of the page that was read last. */
  post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.postWithToken(this.csrf, path, fields, headers);
  }

  async postWithToken(
    token: string | null,
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const form = token === null ? fields : { ...fields, _csrf: token };
    return this.agent
      .post(path)
      .set({ Accept: 'text/html', ...headers })
      .type('form')
      .send(form);
  }

  /**
   * Sends a form with a file, and the token of the page that was read last unless another is given.
   * @param token null for none
   */
  async upload(
    path: string,
    file: { readonly body: Buffer; readonly name?: string; readonly type?: string; readonly field?: string },
    token: string | null = this.csrf,
  ): Promise<Response> {
    const { body, name = 'logo.png', type = 'image/png', field = 'logo' } = file;
    const sent = this.agent.post(path).set('Accept', 'text/html');
    if (token !== null) sent.field('_csrf', token);
    return sent.attach(field, body, { filename: name, contentType: type });
  }

  /** Sends a body as it is. */
  async send(path: string, body: string, type: string): Promise<Response> {
    return this.agent.post(path).set({ Accept: 'text/html', 'Content-Type': type }).send(body);
  }

  /** Signs in as anybody through the development sign-in, and reads the list once. */
  async signIn(identifier: string): Promise<this> {
    await this.get('/sign-in');
    const response = await this.post('/sign-in', { identifier });
    if (response.status !== 303) throw new Error(`the sign-in answered ${response.status}`);
    await this.get('/connections');
    return this;
  }

  /** Goes to an address that leads on at once, and reads the page that it leads to. */
  async arrive(path: string): Promise<Response> {
    return this.follow(await this.get(path));
  }

  /** Follows a local redirect. */
  follow(response: Response): Promise<Response> {
    const { location } = response.headers;
    if (location === undefined) throw new Error(`a ${response.status} leads nowhere`);
    return this.get(location);
  }
}
