import type { Request, RequestHandler, Response } from 'express';
import type { Pool, QueryConfig } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { tooManyRequests } from '../commonErrors.js';

export interface RateLimit {
  /** Separates this limit's counts from those of others. */
  readonly name: string;
  /** Requests that one caller may make in a minute. */
  readonly points: number;
  /** The database in which instances count together, or null to count in this process. */
  readonly pool: Pool | null;
  /** The caller that is counted: an address, a principal. */
  keyOf(request: Request): string;
  /** Whether answers carry RateLimit headers. */
  readonly told?: boolean;
}

const durationS = 60;
/** The request itself needs its time yet, and counting in memory will do until the database answers again. */
const countWithinMs = 1_500;

function limiterOf({ name, points, pool }: RateLimit): RateLimiterMemory | RateLimiterPostgres {
  const limit = { keyPrefix: name, points, duration: durationS };
  const memory = new RateLimiterMemory(limit);
  if (pool === null) return memory;
  return new RateLimiterPostgres({
    ...limit,
    storeClient: {
      query(query: QueryConfig) {
        const bounded = { ...query, query_timeout: countWithinMs };
        return pool.query(bounded);
      },
    },
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    // Counts in memory while the database does not answer.
    insuranceLimiter: memory,
  });
}

const secondsUntilReset = ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000));

/** The headers of draft-ietf-httpapi-ratelimit-headers-10. */
function tell(response: Response, { name, points }: RateLimit, now: RateLimiterRes): void {
  response.setHeader('RateLimit-Policy', `"${name}";q=${points};w=${durationS}`);
  response.setHeader('RateLimit', `"${name}";r=${now.remainingPoints};t=${secondsUntilReset(now)}`);
}

/** A guard of a limit. */
export interface LimitGuard extends RequestHandler {
  /** Takes back that a caller's request was counted, since it did no harm. */
  giveBack(request: Request): Promise<void>;
}

/** A guard that lets a caller through a number of times a minute, on all instances together. */
export function perMinute(limit: RateLimit): LimitGuard {
  const limiter = limiterOf(limit);
  const guard: RequestHandler = async (request, response, next) => {
    try {
      const now = await limiter.consume(limit.keyOf(request));
      if (limit.told) tell(response, limit, now);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      if (limit.told) tell(response, limit, refusal);
      throw tooManyRequests(secondsUntilReset(refusal));
    }
    next();
  };
  return Object.assign(guard, {
    async giveBack(request: Request) {
      await limiter.reward(limit.keyOf(request));
    },
  });
}

/** Limits a caller's failures per minute, as counted by this process. */
export function failuresPerMinute(points: number) {
  const limiter = new RateLimiterMemory({ points, duration: durationS });
  return {
    /** @throws DomainError when too much went wrong for this caller in the last minute */
    async note(caller: string): Promise<void> {
      try {
        await limiter.consume(caller);
      } catch (refusal) {
        throw refusal instanceof RateLimiterRes ? tooManyRequests(secondsUntilReset(refusal)) : refusal;
      }
    },
  };
}

export type FailureLimit = ReturnType<typeof failuresPerMinute>;
