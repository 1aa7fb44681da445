import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import type { OpenidSettings } from '../../config/signInSettings.js';
import { toldByOthers } from '../../kernel/maskedText.js';
import { isMicrosoft } from '../../kernel/microsoft.js';
import { parsedUrl } from '../../kernel/parsedUrl.js';
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

/** What stands for a tenant in the issuer that Entra's settings for all tenants name. */
const tenantPlace = '{tenantid}';

interface Metadata {
  readonly server: client.ServerMetadata;
  readonly at: number;
}

/** As a form has it, where `-`, `.` and `_` stay as they are. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

/**
 * HTTP Basic with an id and a secret that are form-encoded (RFC 6749, section 2.3.1). openid-client encodes `-`, `.` and `_`
 * too, which means the same, but not to providers that decode nothing: `connect-accounts` would be another client.
 */
const basicAuth =
  (secret: string): client.ClientAuth =>
  (_server, { client_id: id }, _body, headers) => {
    const pair = `${formEncoded(id)}:${formEncoded(secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  };

/** Every provider has to take HTTP Basic (RFC 6749, 2.3.1), and OpenID Connect's default is Basic too. */
function clientAuth(server: client.ServerMetadata, secret: string | null): client.ClientAuth {
  if (secret === null) return client.None();
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const basic = methods.includes('client_secret_basic') || !methods.includes('client_secret_post');
  return basic ? basicAuth(secret) : client.ClientSecretPost(secret);
}

const send: client.CustomFetch = (url, options) => fetch(url, options as RequestInit);

/** Some providers say null of what they do not have. */
const withoutNulls = (server: client.ServerMetadata): client.ServerMetadata =>
  Object.fromEntries(Object.entries(server).filter(([, value]) => value !== null)) as client.ServerMetadata;

/** Where an issuer has its settings (OpenID Connect Discovery 1.0, section 4). */
const settingsOf = (issuer: URL): URL =>
  new URL(`${issuer.href.replace(/\/$/, '')}/.well-known/openid-configuration`);

/** The tenant that the ID token of an answer names. Nothing of it has been checked. */
async function tenantIn(answer: Response | null): Promise<{ answer: Response; tenant: string } | null> {
  try {
    const body = (await answer?.clone().json()) as { readonly id_token?: unknown } | undefined;
    const { tid } = decodeJwt(String(body?.id_token));
    return answer !== null && typeof tid === 'string' && /^[\w-]{1,64}$/.test(tid)
      ? { answer, tenant: tid }
      : null;
  } catch {
    return null;
  }
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
  const logoutTokens = createLogoutTokens(logoutIssuer, settings.clientId);
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
      const place = settings.tenants === null ? issuer : settingsOf(issuer);
      const found = await client.discovery(place, settings.clientId, undefined, undefined, options);
      const server = withoutNulls(found.serverMetadata());
      checkIssuer(server);
      known = { server, at: Date.now() };
      note('reachable');
      return server;
    } catch (error) {
      note('unreachable', error);
      if (error instanceof SignInRefusal) throw error;
      throw new SignInRefusal('provider_unreachable', toRefusal(error).code, { cause: error });
    }
  }

  /** The issuer that the settings name has to be the configured one, or one of many tenants at the same place. */
  function checkIssuer({ issuer: named }: client.ServerMetadata): void {
    const ofMany = named.includes(tenantPlace);
    if (settings.tenants === null) {
      // openid-client has looked at one that has no place for a tenant.
      if (ofMany)
        throw new SignInRefusal('operator_settings', 'the issuer has many tenants: set OIDC_TENANTS');
      return;
    }
    const url = parsedUrl(named);
    const isSame = ofMany
      ? url?.origin === issuer.origin || (isMicrosoft(issuer.hostname) && isMicrosoft(url?.hostname ?? ''))
      : url?.href === issuer.href;
    if (!isSame) throw new SignInRefusal('operator_settings', 'the provider names another issuer');
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

  /** Those for the issuer of one tenant. */
  const ofTenant = (server: client.ServerMetadata, tenant: string): client.ServerMetadata => ({
    ...server,
    issuer: server.issuer.replace(tenantPlace, tenant),
  });

  /**
   * Exchanges a code. Where the issuer has many tenants, only the token tells which one its issuer is. So the token is
   * asked for once, and checked once more against the issuer of the tenant that it names.
   */
  async function grant(server: client.ServerMetadata, url: URL, checks: client.AuthorizationCodeGrantChecks) {
    const configuration = configurationFor(server);
    if (!server.issuer.includes(tenantPlace))
      return { configuration, tokens: await client.authorizationCodeGrant(configuration, url, checks) };
    let answer: Response | null = null;
    configuration[client.customFetch] = async (...request) => {
      answer = await send(...request);
      return answer.clone();
    };
    const refused: unknown = await client.authorizationCodeGrant(configuration, url, checks).then(
      () => new SignInRefusal('answer_not_trusted', 'the token names no tenant'),
      (error: unknown) => error,
    );
    const told = await tenantIn(answer);
    if (told === null) throw refused;
    const tenant = configurationFor(ofTenant(server, told.tenant));
    tenant[client.customFetch] = async (...request) =>
      request[0] === server.token_endpoint ? told.answer.clone() : send(...request);
    return { configuration: tenant, tokens: await client.authorizationCodeGrant(tenant, url, checks) };
  }

  function requireTenant({ tid }: Claims): void {
    if (settings.tenants === null) return;
    if (typeof tid !== 'string' || !settings.tenants.includes(tid.toLowerCase()))
      throw new SignInRefusal(
        'other_tenant',
        `tid ${typeof tid === 'string' ? toldByOthers(tid, 100) : 'is missing'}`,
      );
  }

  async function exchange(query: string, { state, nonce, codeVerifier }: TrySecrets): Promise<OpenidAnswer> {
    const server = known?.server ?? (await currentMetadata());
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: codeVerifier };
    const { configuration, tokens } = await grant(server, new URL(`${redirectUri}?${query}`), checks);
    const claims = tokens.claims();
    if (claims === undefined || tokens.id_token === undefined)
      throw new SignInRefusal('provider_error', 'no ID token');
    refuseFuture(claims);
    requireTenant(claims);
    const offersUserInfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
    return {
      idToken: tokens.id_token,
      claims,
      userInfo: async () =>
        offersUserInfo ? userInfoOf(configuration, tokens.access_token, claims.sub) : null,
    };
  }

  async function userInfoOf(configuration: client.Configuration, accessToken: string, subject: string) {
    try {
      return await calling(() => client.fetchUserInfo(configuration, accessToken, subject));
    } catch (error) {
      const isRefusal =
        error instanceof SignInRefusal && ['operator_settings', 'provider_error'].includes(error.code);
      throw isRefusal ? new SignInRefusal('userinfo_refused', error.detail, { cause: error }) : error;
    }
  }

  /** Whom a logout token may be of. */
  async function logoutIssuer() {
    const server = await currentMetadata();
    const ofMany = server.issuer.includes(tenantPlace);
    const issuers = ofMany
      ? (settings.tenants ?? []).map((tenant) => ofTenant(server, tenant).issuer)
      : [server.issuer];
    return { issuers, jwksUri: server.jwks_uri ?? null };
  }

  /** Cognito takes the address under a name of its own, and refuses a browser that comes without it. */
  const alsoForCognito = (returnTo: string) =>
    issuer.hostname.startsWith('cognito-idp.') ? { logout_uri: returnTo } : {};

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
    authorizationUrl: (
      { state, nonce, codeVerifier }: TrySecrets,
      { another, language }: { readonly another: boolean; readonly language: string },
    ): Promise<string> =>
      calling(async () => {
        const url = client.buildAuthorizationUrl(configurationFor(await currentMetadata()), {
          redirect_uri: redirectUri,
          scope: settings.scopes,
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
          // So that its pages are in the language of ours, where it speaks that one.
          ui_locales: language,
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
      const returnTo = publicUrl + paths.signIn;
      try {
        const server = await currentMetadata();
        if (server.end_session_endpoint === undefined) return null;
        const url = client.buildEndSessionUrl(configurationFor(server), {
          id_token_hint: idToken,
          post_logout_redirect_uri: returnTo,
          ...alsoForCognito(returnTo),
        });
        return url.href;
      } catch {
        // Whatever is wrong there, the session here has ended.
        return null;
      }
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
