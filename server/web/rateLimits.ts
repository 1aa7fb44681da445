import type { Request, RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tooManyRequests } from './commonErrors.js';

/**
 * A guard that lets a caller through a number of times a minute.
 * @param keyOf who is counted: an address, a principal
 */
export function perMinute(points: number, keyOf: (request: Request) => string): RequestHandler {
  const limiter = new RateLimiterMemory({ points, duration: 60 });
  return async (request, _response, next) => {
    try {
      await limiter.consume(keyOf(request));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw tooManyRequests(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
    }
    next();
  };
}
