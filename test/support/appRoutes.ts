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
}

function routesIn(stack: readonly Layer[]): RegisteredRoute[] {
  return stack.flatMap(({ route, handle, slash }) => {
    if (route !== undefined) {
      if (typeof route.path !== 'string') throw new Error('a route is not registered by one path');
      const { path } = route;
      return Object.keys(route.methods).map((method) => ({ method: method.toUpperCase(), path }));
    }
    const inner = handle.stack === undefined ? [] : routesIn(handle.stack);
    // The whole path could not be told otherwise.
    if (inner.length > 0 && !slash) throw new Error('a router with routes is mounted below a prefix');
    return inner;
  });
}

/** Every route of an app, those of the routers in it included. */
export const routesOf = (app: Express): RegisteredRoute[] =>
  routesIn((app.router as unknown as { readonly stack: readonly Layer[] }).stack);
