import autocannon from 'autocannon';

const connections = 16;

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Asks for one address over and over, on connections that are kept open.
 * @returns answers per second
 * @throws Error when an answer was not a 200
 */
export async function throughput({ url, headers }: Target, seconds: number): Promise<number> {
  const result = await autocannon({ url, headers: { ...headers }, connections, duration: seconds });
  const failed = result.non2xx + result.errors;
  if (failed > 0) throw new Error(`${failed} requests to ${new URL(url).pathname} failed`);
  return result['2xx'] / result.duration;
}
