import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { OnboardingSession } from './onboardingSession.js';
import { type SigningKeys, signingAlgorithm } from './signingKeys.js';

/** Tells our results from every other kind of token (RFC 8725, 3.11). */
export const resultType = 'onboarding-result+jwt';

/** How long a result is valid, in seconds: long enough for one browser's way back. */
export const resultLifetimeS = 5 * 60;

/** @param publicUrl the origin that browsers see, which signs */
export function createResultTokens(keys: Pick<SigningKeys, 'current'>, publicUrl: string) {
  return {
    /**
     * The result of an onboarding that its user left, signed: a JWT (RFC 7519) for its client alone, of `iss` (our
     * public URL), `aud` (the client's id), `sub` (the identifier), `jti`, `iat`, `exp`, `session_id`, `status`,
     * `state`, `metadata`, and `connections` with the outcome of each.
     */
    async resultFor({
      id,
      clientId,
      identifier,
      status,
      state,
      metadata,
      outcomes,
    }: OnboardingSession): Promise<string> {
      const { kid, privateKey } = await keys.current();
      const issuedAt = Math.floor(Date.now() / 1000);
      return new SignJWT({ session_id: id, status, state, metadata, connections: outcomes ?? [] })
        .setProtectedHeader({ alg: signingAlgorithm, typ: resultType, kid })
        .setIssuer(publicUrl)
        .setAudience(clientId)
        .setSubject(identifier)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + resultLifetimeS)
        .sign(privateKey);
    },
  };
}

export type ResultTokens = ReturnType<typeof createResultTokens>;
