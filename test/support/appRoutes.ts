import type { Express } from 'express';

/** A route as it is registered. */
export interface RegisteredRoute {
  /** In capitals. */
  readonly method: string;
  readonly path: string;
}

/** What Express keeps of a handler; the parts of it that nobody else has are not public. */
interface Layer {
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
  /** Whether it is mounted at the root. */
  readonly slash: boolean;
  /** What it is mounted at. */
  readonly rawPath: unknown;
}

function routesIn(stack: readonly Layer[]): RegisteredRoute[] {
  return stack.flatMap(({ route, handle, slash, rawPath }) => {
    if (route !== undefined) {
      if (typeof route.path !== 'string') throw new Error('a route is not registered by one path');
      const { path } = route;
      return Object.keys(route.methods).map((method) => ({ method: method.toUpperCase(), path }));
    }
    const inner = handle.stack === undefined ? [] : routesIn(handle.stack);
    if (inner.length === 0 || slash) return inner;
    if (typeof rawPath !== 'string') throw new Error('a router with routes is not mounted at one path');
    return inner.map(({ method, path }) => ({ method, path: path === '/' ? rawPath : rawPath + path }));
  });
}

/** Every route of an app, those of the routers in it included. */
export const routesOf = (app: Express): RegisteredRoute[] =>
  routesIn((app.router as unknown as { readonly stack: readonly Layer[] }).stack);
