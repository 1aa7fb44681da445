import type { Request, RequestHandler } from 'express';
import type { Pool } from 'pg';
import { addressKeyOf } from '../../http/security/clientAddress.js';
import { failuresPerMinute, perMinute } from '../../http/security/rateLimits.js';

export interface SignInLimitOptions {
  /** Sign-ins without success that one browser may try in a minute. */
  readonly points: number;
  /** The database in which instances count together, or null to count in this process. */
  readonly pool: Pool | null;
  /** What tells a browser from others, or null for one that was never shown a form. */
  browserOf(request: Request): string | null;
}

/**
 * A whole office may be behind one address, sit down at the same time, and stay at the provider for a while. Beginning a
 * sign-in tells nobody anything, so this only bounds what one address can have written.
 */
const browsersPerAddress = 100;
const guessesPerPoint = 10;

/**
 * Limits sign-ins that come to nothing, by browser and by address. One without a cookie is a new browser each time, and so
 * is stopped by the address.
 */
export function createSignInLimit({ points, pool, browserOf }: SignInLimitOptions) {
  const limits = [
    perMinute({ name: 'sign_in_browser', points, pool, keyOf: (request) => browserOf(request) ?? '' }),
    perMinute({ name: 'sign_in', points: points * browsersPerAddress, pool, keyOf: addressKeyOf }),
  ];
  const guesses = failuresPerMinute(points * guessesPerPoint);
  return {
    guards: limits as readonly RequestHandler[],
    /**
     * Counts what failed as a guess does, by address. It is asked after the failure, so that nobody who shares the address
     * with a guesser is kept from signing in.
     * @throws DomainError in place of the failure, when there were too many in the last minute
     */
    guessed: (request: Request): Promise<void> => guesses.note(addressKeyOf(request)),
    /** A sign-in that succeeds counts for nothing. */
    async succeeded(request: Request): Promise<void> {
      await Promise.all(limits.map((limit) => limit.giveBack(request)));
    },
  };
}

export type SignInLimit = ReturnType<typeof createSignInLimit>;
