import autocannon from 'autocannon';

const connections = 16;

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Addresses of the same origin that are asked for in turn in place of the one, by each connection from another on. */
  readonly paths?: readonly string[];
}

/**
 * Asks for one address over and over, on connections that are kept open.
 * @returns answers per second
 * @throws Error when an answer was not a 200
 */
export async function throughput({ url, headers, paths }: Target, seconds: number): Promise<number> {
  let begun = 0;
  const result = await autocannon({
    url,
    headers: { ...headers },
    connections,
    duration: seconds,
    setupClient(client) {
      if (paths === undefined) return;
      const from = Math.floor((begun * paths.length) / connections);
      begun += 1;
      client.setRequests([...paths.slice(from), ...paths.slice(0, from)].map((path) => ({ path, headers })));
    },
  });
  const failed = result.non2xx + result.errors;
  if (failed > 0) throw new Error(`${failed} requests to ${new URL(url).pathname} failed`);
  return result['2xx'] / result.duration;
}
