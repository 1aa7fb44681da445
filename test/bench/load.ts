import autocannon from 'autocannon';

const connections = 16;

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Addresses of the same origin that are asked for in place of the one, by each connection in an order of its own. */
  readonly paths?: readonly string[];
}

/** In one order, the connections would all come to wait behind the slowest answer, and go on together. */
const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);

/**
 * Asks for one address over and over, on connections that are kept open.
 * @param limit when to stop: after so many answers, or seconds
 * @returns how many were answered
 * @throws Error when an answer was not a 200
 */
export async function load(
  { url, headers, paths }: Target,
  limit: { readonly amount: number } | { readonly duration: number },
): Promise<number> {
  const result = await autocannon({
    url,
    headers: { ...headers },
    connections,
    ...limit,
    setupClient(client) {
      if (paths !== undefined) client.setRequests(shuffled(paths).map((path) => ({ path, headers })));
    },
  });
  const failed = result.non2xx + result.errors;
  if (failed > 0) throw new Error(`${failed} requests to ${new URL(url).pathname} failed`);
  return result['2xx'];
}
