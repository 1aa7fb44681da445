import type { JsonSchema, Operation, Paths } from '../../server/api/openApiTypes.js';
import { onboardingRoutes } from '../../server/paths.js';
import { type Client, type Form, formsOf, linksOf } from '../compare/client.js';
import type { RegisteredRoute } from '../support/appRoutes.js';
import { type Known, stands } from './shots.js';

/** What only other sites bring along: no page of ours links to it. */
const fromOutside = {
  auth_request_id: ['areq_x'],
  state: ['x'],
  error: ['access_denied'],
  error_description: ['AADSTS65001'],
  code: ['x'],
  iss: ['https://id.example'],
  ui_locales: ['de', 'xx de-AT'],
  return_to: ['/account', '/connections?x=1'],
  token: ['x'],
  nonce: ['x'],
  flow: ['x'],
  to: ['x'],
};

const filesAreSentTo = /\/logo$/;

interface Matched {
  readonly route: RegisteredRoute;
  readonly pattern: RegExp;
  /** The names of the parts of its path, by which values of one route serve another. */
  readonly parts: readonly string[];
}

/** `clients:id` for an id, which is of nothing without what stands before; else the name alone. */
function partsOf(path: string): string[] {
  return [...path.matchAll(/([^/]*)\/:(\w+)/g)].map(([, before, name = '']) =>
    name === 'id' ? `${before}:id` : name,
  );
}

/** What the app's own pages, forms, links and description say of its routes. */
export class Knowledge {
  private readonly routes: readonly Matched[];
  private readonly paths = new Map<string, Set<string>>();
  private readonly parts = new Map<string, Set<string>>();
  private readonly queries = new Map<string, Map<string, Set<string>>>();
  private readonly forms = new Map<string, Map<string, string>>();
  private readonly operations: ReadonlyMap<string, Operation>;

  /**
   * @param description of the API, by its paths
   * @param schemaOf what the body of a request to a path is to fit, where no description says so
   */
  constructor(
    routes: readonly RegisteredRoute[],
    description: Paths = {},
    private readonly schemaOf: (path: string) => JsonSchema | null = () => null,
  ) {
    this.routes = routes.map((route) => ({
      route,
      pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/:\w+/g, '([^/]+)')}/?$`, 'i'),
      parts: partsOf(route.path),
    }));
    this.operations = new Map(
      Object.entries(description).flatMap(([path, methods]) =>
        Object.entries(methods).map(
          ([method, operation]) =>
            [`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`, operation] as const,
        ),
      ),
    );
  }

  /** The pattern of the route that an address is of, or null. */
  routeOf(method: string, address: string): string | null {
    // As it is sent: a URL would take `\\..` for steps back.
    const pathname = address.startsWith('/') ? (address.split(/[?#]/)[0] ?? '') : new URL(address).pathname;
    const found = this.routes.filter(({ pattern }) => pattern.test(pathname)).map(({ route }) => route);
    return (found.find((route) => route.method === method) ?? found[0])?.path ?? null;
  }

  /** Takes the parts of an address as examples. */
  learn(address: string): void {
    const { pathname, searchParams } = new URL(address, 'http://app');
    const isLiteral = this.routes.some(({ route }) => route.path === pathname);
    for (const { route, pattern, parts } of this.routes) {
      const found = pattern.exec(pathname);
      if (found === null || (isLiteral && parts.length > 0)) continue;
      const paths = this.paths.get(route.path) ?? new Set();
      if (paths.size < 12) paths.add(pathname);
      this.paths.set(route.path, paths);
      for (const [index, name] of parts.entries()) {
        const values = this.parts.get(name) ?? new Set();
        if (values.size < 12) values.add(decodeURIComponent(found[index + 1] ?? ''));
        this.parts.set(name, values);
      }
      const query = this.queries.get(route.path) ?? new Map<string, Set<string>>();
      for (const [name, value] of searchParams) query.set(name, (query.get(name) ?? new Set()).add(value));
      this.queries.set(route.path, query);
    }
  }

  /** Takes a form as an example: of a query, or of what its route is sent. */
  private learnForm({ method, url, fields, names }: Form, general: (text: string) => string): void {
    const action = general(url);
    const all = Object.fromEntries(names.map((name) => [name, general(fields[name] || 'x')]));
    this.learn(method === 'post' ? action : `${action}?${new URLSearchParams(all)}`);
    if (method !== 'post') return;
    this.learnFields(action, all);
  }

  /** Takes the fields of a form to an address as examples. */
  learnFields(address: string, fields: Readonly<Record<string, string>>): void {
    const { pathname } = new URL(address, 'http://app');
    for (const { route, pattern } of this.routes) {
      if (route.method !== 'POST' || !pattern.test(pathname)) continue;
      const form = this.forms.get(route.path) ?? new Map<string, string>();
      for (const [name, value] of Object.entries(fields))
        form.set(name, name === '_csrf' ? this.csrfOf(route) : value);
      this.forms.set(route.path, form);
    }
  }

  /** The page that an onboarding starts on has a token of its own. */
  private csrfOf({ path }: RegisteredRoute): string {
    return path === onboardingRoutes.start ? stands.startCsrf : stands.csrf;
  }

  /**
   * Reads all pages that links lead to, and takes what is on them as examples.
   * @param most of the pages that are read
   * @param own what stands for what is this client's alone, by what it is
   */
  async explore(
    client: Client,
    starts: readonly string[],
    most: number,
    own: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const general = (address: string) =>
      Object.entries(own).reduce((text, [value, stand]) => text.replaceAll(value, stand), address);
    const queue = starts.map((start) => new URL(start, client.origin).href);
    const seen = new Set<string>();
    const kinds = new Map<string, number>();
    for (let address = queue.shift(); address !== undefined && seen.size < most; address = queue.shift()) {
      const { origin, pathname } = new URL(address);
      const kind = this.routeOf('GET', address) ?? pathname;
      const times = kinds.get(kind) ?? 0;
      if (seen.has(address) || times >= 4 || origin !== client.origin || /\/events$/.test(pathname)) continue;
      kinds.set(kind, times + 1);
      seen.add(address);
      this.learn(general(address));
      const page = await client.get(address);
      if (page.location !== null) queue.push(page.location);
      for (const [, source = ''] of page.text.matchAll(/\ssrc="([^"]+)"/g))
        this.learn(general(new URL(source, address).href));
      for (const link of linksOf(page.text)) queue.push(new URL(link, address).href);
      for (const form of formsOf(page.text))
        this.learnForm({ ...form, url: new URL(form.url, address).href }, general);
    }
  }

  /** All that is known of a route. */
  of({ method, path }: RegisteredRoute): Known {
    const operation = this.operations.get(`${method} ${path}`);
    const schema: JsonSchema | null =
      Object.values(operation?.requestBody?.content ?? {})[0]?.schema ?? this.schemaOf(path);
    const described = (operation?.parameters ?? []).flatMap(({ name, in: place, example }) =>
      place === 'query' ? [[name, [String(example)]] as const] : [],
    );
    const linked = [...(this.queries.get(path) ?? [])].map(([name, values]) => [name, [...values]] as const);
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
    const keys = partsOf(path);
    return {
      paths: [...(this.paths.get(path) ?? [])],
      parts: Object.fromEntries(
        names.map((name, index) => [name, [...(this.parts.get(keys[index] ?? '') ?? [])]]),
      ),
      query: Object.fromEntries([...linked, ...described]),
      foreign: operation === undefined ? fromOutside : {},
      fields: { _csrf: stands.csrf, ...Object.fromEntries(this.forms.get(path) ?? []) },
      schema,
      takes: path.startsWith('/webhooks/')
        ? 'webhook'
        : schema !== null || path.startsWith('/api/')
          ? 'json'
          : filesAreSentTo.test(path)
            ? 'file'
            : 'form',
    };
  }
}
