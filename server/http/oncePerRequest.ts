import type { Request } from 'express';

/** Makes something of a request when it is first asked for, and gives the same again. */
export function oncePerRequest<Made extends object>(
  make: (request: Request) => Made,
): (request: Request) => Made {
  const made = new WeakMap<Request, Made>();
  return (request) => {
    const known = made.get(request) ?? make(request);
    made.set(request, known);
    return known;
  };
}
