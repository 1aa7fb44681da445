/** Where a browser ended up. */
export interface Landing {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** Every address on the way, the last included. */
  readonly way: readonly string[];
}

interface Cookie {
  readonly host: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

export interface SurfOptions {
  readonly method?: 'GET' | 'POST' | 'HEAD';
  readonly form?: Readonly<Record<string, string>>;
  /** Where to stop without asking: the address that the browser would have gone to is the landing. */
  readonly stopAt?: (url: string) => boolean;
}

const applies = (cookie: Cookie, { hostname, pathname }: URL) =>
  cookie.host === hostname &&
  (pathname === cookie.path || pathname.startsWith(cookie.path.replace(/\/?$/, '/')));

/** A browser without script that goes from host to host: it keeps each one's cookies and follows redirects. */
export class Surfer {
  private cookies: Cookie[] = [];

  /** The value of a cookie, or null. */
  cookie(hostname: string, name: string): string | null {
    return this.cookies.find((cookie) => cookie.host === hostname && cookie.name === name)?.value ?? null;
  }

  /** Puts a cookie there as somebody else might. */
  plant(hostname: string, name: string, value: string): void {
    this.keep({ host: hostname, path: '/', name, value });
  }

  private keep(cookie: Cookie): void {
    const same = ({ host, path, name }: Cookie) =>
      host === cookie.host && path === cookie.path && name === cookie.name;
    this.cookies = this.cookies.filter((other) => !same(other));
    if (cookie.value !== '') this.cookies.push(cookie);
  }

  private keepAll(url: URL, headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/; */);
      const [, name = '', value = ''] = /^([^=]*)=(.*)$/.exec(pair) ?? [];
      const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
      this.keep({ host: url.hostname, path, name, value });
    }
  }

  protected send(url: URL, init: RequestInit): Promise<Response> {
    return fetch(url, init);
  }

  /** Asks once, without following. */
  async ask(address: string, { method = 'GET', form }: SurfOptions = {}): Promise<Response> {
    const url = new URL(address);
    const jar = this.cookies.filter((cookie) => applies(cookie, url));
    const response = await this.send(url, {
      method,
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: jar.map(({ name, value }) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    this.keepAll(url, response.headers);
    return response;
  }

  /** Goes to an address and wherever it leads. */
  async go(address: string, options: SurfOptions = {}): Promise<Landing> {
    const { stopAt = () => false } = options;
    const way = [address];
    let response = await this.ask(address, options);
    for (let steps = 0; steps < 12; steps += 1) {
      const url = way.at(-1) ?? address;
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) {
        const { status, headers } = response;
        return { url, status, text: await response.text(), headers, way };
      }
      await response.arrayBuffer();
      const next = new URL(location, url).href;
      way.push(next);
      if (stopAt(next)) return { url: next, status: 0, text: '', headers: response.headers, way };
      response = await this.ask(next);
    }
    throw new Error(`redirects without end: ${way.join(' ')}`);
  }

  /** Sends the form of a page that has this button. */
  submit(page: Landing, button: string, options: Pick<SurfOptions, 'stopAt'> = {}): Promise<Landing> {
    const form = page.text
      .split('<form')
      .slice(1)
      .find((text) => text.slice(0, text.indexOf('</form')).includes(`>${button}</button>`));
    if (form === undefined) throw new Error(`there is no button ${button} at ${page.url}: ${page.text}`);
    const inside = form.slice(0, form.indexOf('</form'));
    const action = /action="([^"]*)"/.exec(inside)?.[1] ?? page.url;
    const inputs = [...inside.matchAll(/<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)];
    const fields = inputs.map(([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')] as const);
    const url = new URL(action.replaceAll('&amp;', '&'), page.url).href;
    return this.go(url, { ...options, method: 'POST', form: Object.fromEntries(fields) });
  }
}
