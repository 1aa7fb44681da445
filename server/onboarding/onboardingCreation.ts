import { createHash } from 'node:crypto';
import type { CatalogueReader } from '../accounts/list/catalogue.js';
import type { RequestInfo } from '../http/requestInfo.js';
import { type ApiClient, clientKeyOf } from '../identity/clients/apiClient.js';
import { hashed } from '../kernel/hashed.js';
import { plainName } from '../kernel/plainText.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { Db } from '../store/database/schema.js';
import { createIdempotencyStore, type KeyedAnswer, type KeyedRequest } from '../store/idempotencyStore.js';
import { createUserStore } from '../store/userStore.js';
import { startAddress } from './addresses.js';
import { faultsOf, type OnboardingRequest } from './onboardingRequest.js';
import type { StartTokens } from './onboardingSecrets.js';
import {
  eventOf,
  type Happening,
  newOnboardingId,
  type OnboardingSession,
  onceOpenMinutes,
} from './onboardingSession.js';
import { createOnboardingStore } from './onboardingStore.js';
import { fieldsRefused, onboardingRefusal } from './refusals.js';
import type { SigningKeys } from './signingKeys.js';

/** The answer to the other app that made an onboarding. */
export interface CreatedOnboarding {
  readonly id: string;
  /** Where it sends its user; it can be opened until `expiresAt`, in epoch milliseconds. */
  readonly url: string;
  readonly expiresAt: number;
}

export interface OnboardingCreationDeps {
  readonly db: Db;
  readonly catalogue: CatalogueReader;
  readonly audit: AuditTrail;
  readonly tokens: StartTokens;
  readonly keys: Pick<SigningKeys, 'current'>;
  readonly publicUrl: string;
  /** Whether users can sign in to this app. */
  readonly signInOffered: boolean;
}

type Kept = Omit<CreatedOnboarding, 'url'>;

function newSession(
  client: ApiClient,
  { openMinutes, ...asked }: OnboardingRequest,
  ownLanguage: string | null,
): OnboardingSession {
  const now = Date.now();
  const expiresAt = now + openMinutes * 60_000;
  return {
    ...asked,
    id: newOnboardingId(),
    clientId: client.id,
    displayName: plainName(asked.displayName),
    confirmUrl: asked.userCheck === 'confirm' ? (asked.confirmUrl ?? client.confirmUrls[0] ?? null) : null,
    refreshUrl: asked.refreshUrl ?? client.refreshUrls[0] ?? null,
    locale: asked.locale ?? ownLanguage,
    metadata: asked.metadata ?? {},
    status: 'open',
    createdAt: now,
    startedAt: null,
    expiresAt,
    restartUntil: openMinutes > onceOpenMinutes ? expiresAt : null,
    confirmedAt: null,
    checkedAt: null,
    skipped: [],
    outcomes: null,
    endedAt: null,
  };
}

/** Makes onboardings for other apps. */
export function createOnboardingCreation(deps: OnboardingCreationDeps) {
  const { db, catalogue, audit, tokens, keys, publicUrl, signInOffered } = deps;
  const answers = createIdempotencyStore(db);
  const store = createOnboardingStore(db);
  const users = createUserStore(db);

  async function urlOf(id: string): Promise<string> {
    const candidates = tokens.candidates(id);
    for (const token of candidates) {
      if ((await store.findByToken(hashed(token)))?.id === id) return startAddress(publicUrl, token);
    }
    return startAddress(publicUrl, tokens.of(id));
  }

  async function answerAgain(requestHash: string, { requestHash: firstHash, answer }: KeyedAnswer) {
    if (requestHash !== firstHash) throw onboardingRefusal('idempotency_key_reused');
    const kept = JSON.parse(answer) as Kept;
    return { ...kept, url: await urlOf(kept.id) };
  }

  /**
   * Makes an onboarding, and writes that down with it.
   * @returns null when this call made it; else the answer of one at the same time under the same key
   */
  function make(
    session: OnboardingSession,
    keyed: KeyedRequest | null,
    created: Happening,
  ): Promise<KeyedAnswer | null> {
    const { id, createdAt, expiresAt } = session;
    const kept: Kept = { id, expiresAt };
    return audit.recording(async ({ within, record }) => {
      if (keyed !== null) {
        const first = await createIdempotencyStore(within).claim(keyed, JSON.stringify(kept), createdAt);
        if (first !== null) return first;
      }
      await store.within(within).create(session, hashed(tokens.of(id)));
      record(eventOf(created, session));
      return null;
    });
  }

  async function createNew(
    client: ApiClient,
    request: OnboardingRequest,
    keyed: KeyedRequest | null,
    info: RequestInfo,
  ): Promise<CreatedOnboarding> {
    const faults = faultsOf(client, request, { catalogue: await catalogue.read(), signInOffered });
    if (faults.length > 0) throw fieldsRefused(faults);
    // Published before the first result is signed with it.
    await keys.current();
    const session = newSession(client, request, await users.languageOf(request.identifier));
    const created = { type: 'onboarding.created', actor: clientKeyOf(client), info } as const;
    const first = await make(session, keyed, created);
    if (keyed !== null && first !== null) return answerAgain(keyed.requestHash, first);
    const { id, expiresAt } = session;
    return { id, expiresAt, url: startAddress(publicUrl, tokens.of(id)) };
  }

  return {
    /**
     * Makes an onboarding. The same request under the same key gets the same answer for a day.
     * @throws DomainError when a field can't be used, or the key was used for another request
     */
    async create(
      client: ApiClient,
      request: OnboardingRequest,
      idempotencyKey: string | null,
      info: RequestInfo,
    ): Promise<CreatedOnboarding> {
      const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
      const keyed =
        idempotencyKey === null ? null : { clientId: client.id, key: idempotencyKey, requestHash };
      const before = keyed === null ? null : await answers.find(keyed, Date.now());
      if (before !== null) return answerAgain(requestHash, before);
      return createNew(client, request, keyed, info);
    },
    /** Forgets the keys of requests that are long over. */
    tidy: (): Promise<void> => answers.deleteExpired(Date.now()),
  };
}
