import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { failuresPerMinute } from '../../http/security/rateLimits.js';
import { hashed } from '../../kernel/hashed.js';
import { isObject } from '../../kernel/isObject.js';
import type { Logout } from '../../store/logoutStore.js';
import { providerSessionKeyOf, subjectKeyOf } from '../../store/subjectStore.js';

/** Thrown where a logout token does not count; the message is a short reason without anything secret. */
export class LogoutTokenRefusal extends Error {
  override readonly name = 'LogoutTokenRefusal';
}

/** Whom logout tokens may be of. */
export interface LogoutIssuer {
  /** More than one where the provider has several tenants. */
  readonly issuers: string[];
  /** Null where it publishes no keys. */
  readonly jwksUri: string | null;
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/** Signatures that only the provider can make: with `none` or a shared key (HS…) others could, too. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

const clockToleranceSeconds = 60;
/** A token is sent when it is made. For this long each is remembered, too. */
const maxAgeSeconds = 300;

const keysWithinMs = 4_000;
/** How often in a minute the keys are read again for a token that names an unknown one. */
const readingsPerMinute = 10;

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return `${error.claim} ${error.reason}`;
  return error instanceof errors.JOSEError ? error.code : 'the keys of the provider could not be read';
}

const textIn = (claims: JWTPayload, name: string): string | null => {
  const value = claims[name];
  if (value === undefined) return null;
  if (typeof value !== 'string' || value === '') throw new LogoutTokenRefusal(`${name} is no text`);
  return value;
};

/** The checks of section 2.6 that no library makes, in its order. */
function logoutIn(claims: JWTPayload): Logout {
  const issuer = String(claims.iss);
  const subject = textIn(claims, 'sub');
  const sid = textIn(claims, 'sid');
  if (subject === null && sid === null) throw new LogoutTokenRefusal('neither sub nor sid');
  if (!isObject(claims.events) || !isObject(claims.events[logoutEvent]))
    throw new LogoutTokenRefusal('events does not name a back-channel logout');
  // Else an ID token would be one as well.
  if (claims.nonce !== undefined) throw new LogoutTokenRefusal('nonce is not allowed');
  const id = textIn(claims, 'jti');
  if (id === null) throw new LogoutTokenRefusal('jti is missing');
  const issuedAt = Number(claims.iat) * 1000;
  return {
    subjectHash: subject === null ? null : subjectKeyOf({ issuer, subject }),
    sessionHash: sid === null ? null : providerSessionKeyOf(issuer, sid),
    tokenHash: hashed(`${issuer}\0${id}`),
    issuedAt,
    expiresAt: issuedAt + (maxAgeSeconds + clockToleranceSeconds) * 1000,
  };
}

/**
 * Checks logout tokens (OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6), but for whether one was taken
 * before.
 * @param provider reads who the provider is and where its keys are
 * @param clientId whom its tokens are for
 */
export function createLogoutTokens(provider: () => Promise<LogoutIssuer>, clientId: string) {
  const readings = failuresPerMinute(readingsPerMinute);
  let known: { readonly url: string; readonly keys: JWTVerifyGetKey } | null = null;

  const mayReadAgain = () =>
    readings.note('keys').then(
      () => true,
      () => false,
    );

  function keysAt(url: string): JWTVerifyGetKey {
    if (known?.url !== url) {
      // It would read them again for every unknown key, or for none in the seconds after a reading.
      const limits = { timeoutDuration: keysWithinMs, cooldownDuration: Number.POSITIVE_INFINITY };
      const set = createRemoteJWKSet(new URL(url), limits);
      const keys: JWTVerifyGetKey = async (header, token) => {
        try {
          return await set(header, token);
        } catch (error) {
          if (!(error instanceof errors.JWKSNoMatchingKey) || !(await mayReadAgain())) throw error;
          await set.reload();
          return set(header, token);
        }
      };
      known = { url, keys };
    }
    return known.keys;
  }

  return {
    /** @throws LogoutTokenRefusal when it does not count, or the provider's keys can't be read */
    async read(token: string): Promise<Logout> {
      try {
        const { issuers, jwksUri: url } = await provider();
        if (url === null) throw new LogoutTokenRefusal('the provider publishes no keys');
        const { payload } = await jwtVerify(token, keysAt(url), {
          algorithms,
          issuer: issuers,
          audience: clientId,
          clockTolerance: clockToleranceSeconds,
          maxTokenAge: maxAgeSeconds,
        });
        return logoutIn(payload);
      } catch (error) {
        if (error instanceof LogoutTokenRefusal) throw error;
        throw new LogoutTokenRefusal(reasonOf(error), { cause: error });
      }
    },
  };
}
