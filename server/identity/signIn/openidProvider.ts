import * as client from 'openid-client';
import type { OpenidSettings } from '../../config/signInSettings.js';
import { paths } from '../../paths.js';
import type { Claims } from './claims.js';
import { createLogoutTokens } from './logoutToken.js';
import { toRefusal } from './openidErrors.js';
import { SignInRefusal } from './signInFailures.js';

/** How the provider answered lately. */
export interface OpenidHealth {
  /** `unknown` until it was asked. */
  readonly state: 'reachable' | 'unreachable' | 'unknown';
  /** Since when, ISO 8601, or null. */
  readonly since: string | null;
}

/** The values that tie the browser's return to its try. */
export interface TrySecrets {
  readonly state: string;
  readonly nonce: string;
  /** PKCE's (RFC 7636). */
  readonly codeVerifier: string;
}

/** The claims about the user, after every check. */
export interface OpenidAnswer {
  /** As it came, for signing out at the provider. */
  readonly idToken: string;
  readonly claims: Claims;
  /** Those of userinfo, or null where the provider has none. */
  userInfo(): Promise<Claims | null>;
}

/** Told when the provider can't be used; pino's loggers fit. */
export interface OpenidLogger {
  warn(details: object, message: string): void;
}

const deadlineSeconds = 4;
const clockToleranceSeconds = 60;
/** How long the provider's settings are used without asking again. A browser may be sent to a lost provider this long. */
const freshMs = 10_000;

interface Metadata {
  readonly server: client.ServerMetadata;
  readonly at: number;
}

/** Every provider has to take HTTP Basic (RFC 6749, 2.3.1), and OpenID Connect's default is Basic too. */
function clientAuth(server: client.ServerMetadata, secret: string | null): client.ClientAuth {
  if (secret === null) return client.None();
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const basic = methods.includes('client_secret_basic') || !methods.includes('client_secret_post');
  return basic ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret);
}

/** A token of the future is one of a clock that is ahead of ours. openid-client checks its end only. */
function refuseFuture(claims: { readonly iat: number }): void {
  if (claims.iat > Date.now() / 1000 + clockToleranceSeconds) throw new SignInRefusal('clock_skew', 'iat');
}

/**
 * The provider of an issuer URL. It is asked for its settings at the first sign-in, so the app starts without it.
 * @param publicUrl the app's own origin, of which the redirect URIs are made
 */
export function createOpenidProvider(settings: OpenidSettings, publicUrl: string, logger: OpenidLogger) {
  const issuer = new URL(settings.issuerUrl);
  const redirectUri = publicUrl + paths.signInCallback;
  const plainHttp = issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [];
  const logoutTokens = createLogoutTokens(currentMetadata, settings.clientId);
  let known: Metadata | null = null;
  let asking: Promise<client.ServerMetadata> | null = null;
  let health: OpenidHealth = { state: 'unknown', since: null };

  function note(state: 'reachable' | 'unreachable', cause?: unknown): void {
    if (state === health.state) return;
    health = { state, since: new Date().toISOString() };
    if (cause !== undefined) logger.warn({ err: cause }, 'the OpenID provider cannot be used');
  }

  async function discover(): Promise<client.ServerMetadata> {
    try {
      const options = { execute: plainHttp, timeout: deadlineSeconds };
      const found = await client.discovery(issuer, settings.clientId, undefined, undefined, options);
      const server = { ...found.serverMetadata() };
      known = { server, at: Date.now() };
      note('reachable');
      return server;
    } catch (error) {
      note('unreachable', error);
      throw new SignInRefusal('provider_unreachable', toRefusal(error).code, { cause: error });
    }
  }

  const isFresh = () => known !== null && Date.now() - known.at < freshMs;

  async function currentMetadata(): Promise<client.ServerMetadata> {
    if (known !== null && isFresh()) return known.server;
    asking ??= discover().finally(() => {
      asking = null;
    });
    return asking;
  }

  /** One for each use, so that the provider's keys are read each time and a rotation is noticed at once. */
  function configurationFor(server: client.ServerMetadata): client.Configuration {
    const metadata = { [client.clockTolerance]: clockToleranceSeconds };
    const auth = clientAuth(server, settings.clientSecret);
    const configuration = new client.Configuration(server, settings.clientId, metadata, auth);
    configuration.timeout = deadlineSeconds;
    // TLS alone would do for OpenID Connect Core (3.1.3.7), but a provider behind a proxy is common.
    client.enableNonRepudiationChecks(configuration);
    for (const extend of plainHttp) extend(configuration);
    return configuration;
  }

  /** Runs a call; what it throws becomes a refusal, and is remembered when the provider was not there. */
  async function calling<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const refusal = toRefusal(error);
      if (refusal.code === 'provider_unreachable') {
        known = known && { ...known, at: 0 };
        note('unreachable', error);
      }
      throw refusal;
    }
  }

  async function exchange(query: string, { state, nonce, codeVerifier }: TrySecrets): Promise<OpenidAnswer> {
    const configuration = configurationFor(known?.server ?? (await currentMetadata()));
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: codeVerifier };
    const url = new URL(`${redirectUri}?${query}`);
    const tokens = await client.authorizationCodeGrant(configuration, url, checks);
    const claims = tokens.claims();
    if (claims === undefined || tokens.id_token === undefined)
      throw new SignInRefusal('provider_error', 'no ID token');
    refuseFuture(claims);
    const offersUserInfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
    return {
      idToken: tokens.id_token,
      claims,
      userInfo: async () =>
        offersUserInfo
          ? calling(() => client.fetchUserInfo(configuration, tokens.access_token, claims.sub))
          : null,
    };
  }

  return {
    /** The origin of the issuer. */
    origin: issuer.origin,
    newSecrets: (): TrySecrets => ({
      state: client.randomState(),
      nonce: client.randomNonce(),
      codeVerifier: client.randomPKCECodeVerifier(),
    }),
    /** Reads the provider's settings, unless they were read a moment ago. */
    async check(): Promise<void> {
      await currentMetadata();
    },
    /** Where a browser begins to sign in. @param another asks for a sign-in even of who is signed in there */
    authorizationUrl: ({ state, nonce, codeVerifier }: TrySecrets, another: boolean): Promise<string> =>
      calling(async () => {
        const url = client.buildAuthorizationUrl(configurationFor(await currentMetadata()), {
          redirect_uri: redirectUri,
          scope: settings.scopes,
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
          ...(another ? { prompt: 'login' } : {}),
        });
        return url.href;
      }),
    /** Exchanges what the browser brought back, and checks the answer. @param query of the callback's address */
    finish: (query: string, secrets: TrySecrets): Promise<OpenidAnswer> =>
      calling(() => exchange(query, secrets)),
    /** Checks the proof of the provider that it ended a session. @throws LogoutTokenRefusal */
    readLogoutToken: logoutTokens.read,
    /** Where a browser signs out at the provider, or null when the provider does not offer that or is not there. */
    async endSessionUrl(idToken: string): Promise<string | null> {
      const server = await currentMetadata().catch(() => null);
      if (server?.end_session_endpoint === undefined) return null;
      const url = client.buildEndSessionUrl(configurationFor(server), {
        id_token_hint: idToken,
        post_logout_redirect_uri: publicUrl + paths.signIn,
      });
      return url.href;
    },
    /** How the provider answered lately; asks it again in the background when that is long ago. */
    health(): OpenidHealth {
      // This way the operator sees an outage, and its end, although nobody signs in.
      if (!isFresh()) currentMetadata().catch(() => undefined);
      return health;
    },
  };
}

export type OpenidProvider = ReturnType<typeof createOpenidProvider>;
