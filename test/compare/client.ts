/** An answer, as a client sees it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where it leads, as a whole address, or null. */
  readonly location: string | null;
}

/** A form of a page, with what it would send as it stands. */
export interface Form {
  readonly method: 'get' | 'post';
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Of all that can be filled in, chosen or pressed. */
  readonly names: readonly string[];
}

const attribute = (tag: string, name: string): string | null =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&') ?? null;

/** The addresses that a page links to. */
export const linksOf = (page: string): string[] =>
  [...page.matchAll(/<a\s[^>]*>/g)].flatMap(([tag]) => attribute(tag, 'href') ?? []);

/** The forms of a page. */
export const formsOf = (page: string): Form[] =>
  [...page.matchAll(/<form\s[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => {
    const inputs = [...form.matchAll(/<(?:input|button)\s[^>]*>/g)].flatMap(([tag]) => {
      const name = attribute(tag, 'name');
      const isChosen = !/type="(?:checkbox|radio)"/.test(tag) || /\schecked/.test(tag);
      return name === null || !isChosen ? [] : [[name, attribute(tag, 'value') ?? ''] as const];
    });
    const selects = [...form.matchAll(/<select\s[^>]*name="([^"]*)"[^>]*>[\s\S]*?<option value="([^"]*)"/g)];
    const chosen = selects.map(([, name = '', value = '']) => [name, value] as const);
    // Of several buttons of one name the first is pressed.
    return {
      method: attribute(form, 'method') === 'post' ? 'post' : 'get',
      url: attribute(form, 'action') ?? '',
      fields: Object.fromEntries([...inputs, ...chosen].reverse()),
      names: [
        ...new Set(
          [...form.matchAll(/<(?:input|button|select|textarea)\s[^>]*>/g)].flatMap(
            ([tag]) => attribute(tag, 'name') ?? [],
          ),
        ),
      ],
    };
  });

/** A browser without script: it keeps cookies for each host. */
export class Client {
  private readonly jars = new Map<string, Map<string, string>>();

  constructor(readonly origin: string) {}

  /** The cookies for the app, as a header has them. */
  get cookies(): string {
    return [...(this.jars.get(new URL(this.origin).host) ?? [])]
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');
  }

  /** Asks, and keeps the cookies; the body is not read yet. */
  async ask(url: URL, method: string, options: RequestInit = {}): Promise<Response> {
    const jar = this.jars.get(url.host) ?? new Map<string, string>();
    this.jars.set(url.host, jar);
    const headers = new Headers({ accept: 'text/html', ...(options.headers as Record<string, string>) });
    headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(url, { ...options, method, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /expires=thu, 01 jan 1970|max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  async send(method: string, address: string, options: RequestInit = {}): Promise<Answer> {
    const url = new URL(address, this.origin);
    const response = await this.ask(url, method, options);
    const location = response.headers.get('location');
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: location === null ? null : new URL(location, url).href,
    };
  }

  get(address: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', address, { headers });
  }

  post(address: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    return this.send('POST', address, { body: new URLSearchParams(fields) });
  }
}
