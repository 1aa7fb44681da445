import type { Request, RequestHandler } from 'express';
import type { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { tooManyRequests } from './commonErrors.js';

export interface RateLimit {
  /** Keeps the counts of this limit apart from those of others. */
  readonly name: string;
  /** How often a caller gets through in a minute. */
  readonly points: number;
  /** Where instances count together, or null to count in this process. */
  readonly pool: Pool | null;
  /** Who is counted: an address, a principal. */
  keyOf(request: Request): string;
}

function limiterOf({ name, points, pool }: RateLimit): RateLimiterMemory | RateLimiterPostgres {
  const limit = { keyPrefix: name, points, duration: 60 };
  const memory = new RateLimiterMemory(limit);
  if (pool === null) return memory;
  return new RateLimiterPostgres({
    ...limit,
    storeClient: pool,
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    // Counts on while the database does not answer.
    insuranceLimiter: memory,
  });
}

/** A guard that lets a caller through a number of times a minute, on all instances together. */
export function perMinute(limit: RateLimit): RequestHandler {
  const limiter = limiterOf(limit);
  return async (request, _response, next) => {
    try {
      await limiter.consume(limit.keyOf(request));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw tooManyRequests(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
    }
    next();
  };
}
