import { createHash, generateKeyPairSync, randomUUID, sign, timingSafeEqual } from 'node:crypto';

const lifetimeSeconds = 3600;

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function equalInConstantTime(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Issues the bearer tokens of the operator's client credentials and knows which it issued. */
export class TokenIssuer {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #keyId = randomUUID();
  /** The time when each token expires, in epoch milliseconds. */
  readonly #issued = new Map<string, number>();

  constructor(
    private readonly clientId: string,
    private readonly clientSecret: string,
  ) {}

  accepts(clientId: string, clientSecret: string): boolean {
    const rightId = equalInConstantTime(clientId, this.clientId);
    return equalInConstantTime(clientSecret, this.clientSecret) && rightId;
  }

  /** A signed token and its lifetime in seconds, as RFC 6749 §5.1 answers it. */
  issue(issuer: string) {
    this.#forgetExpired();
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, sub: this.clientId, iat, exp: iat + lifetimeSeconds, jti: randomUUID() };
    const content = `${encode({ alg: 'ES256', typ: 'JWT', kid: this.#keyId })}.${encode(claims)}`;
    const key = { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    const token = `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
    this.#issued.set(token, claims.exp * 1000);
    return { access_token: token, token_type: 'Bearer', expires_in: lifetimeSeconds };
  }

  isValid(token: string): boolean {
    return (this.#issued.get(token) ?? 0) > Date.now();
  }

  /** The public key of the tokens, as a JSON Web Key Set. */
  keySet() {
    const jwk = this.#keys.publicKey.export({ format: 'jwk' });
    return { keys: [{ ...jwk, kid: this.#keyId, use: 'sig', alg: 'ES256' }] };
  }

  #forgetExpired(): void {
    const now = Date.now();
    for (const [token, endsAt] of this.#issued) {
      // Oldest first, and all live equally long.
      if (endsAt > now) return;
      this.#issued.delete(token);
    }
  }
}
