import type { FlowEnding } from '../accounts/flow/flowEnding.js';
import type { FlowStore } from '../accounts/flow/flowStore.js';
import type { UnverifiedAccounts } from '../accounts/flow/unverifiedAccounts.js';
import type { AccountReader } from '../accounts/list/accountReader.js';
import type { CatalogueReader } from '../accounts/list/catalogue.js';
import type { RequiredReconnects } from '../accounts/list/requiredReconnects.js';
import type { ApiClients } from '../identity/clients/apiClients.js';
import { createSealing } from '../kernel/sealed.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { Db } from '../store/database/schema.js';
import { createOnboardingCreation } from './onboardingCreation.js';
import { createStartTokens } from './onboardingSecrets.js';
import { createOnboardingSessions } from './onboardingSessions.js';
import { createOnboardingStore } from './onboardingStore.js';
import { createResultTokens } from './resultTokens.js';
import { createSigningKeyStore } from './signingKeyStore.js';
import { createSigningKeys } from './signingKeys.js';

export interface OnboardingDeps {
  readonly db: Db;
  readonly apiClients: Pick<ApiClients, 'find'>;
  readonly catalogue: CatalogueReader;
  readonly reader: AccountReader;
  readonly reconnects: RequiredReconnects;
  readonly unverified: UnverifiedAccounts;
  readonly flows: FlowStore;
  readonly ending: FlowEnding;
  readonly audit: AuditTrail;
  readonly secrets: readonly string[];
  readonly publicUrl: string;
  /** Whether users can sign in to this app. */
  readonly signInOffered: boolean;
  /** How long an onboarding that ended can be read by its client, in milliseconds; null is for ever. */
  readonly keptMs: number | null;
}

/** Makes everything that the onboardings of other apps need. */
export function createOnboarding(deps: OnboardingDeps) {
  const { db, secrets, publicUrl, keptMs } = deps;
  const sealing = createSealing(secrets, 'result signing keys');
  const keys = createSigningKeys({ store: createSigningKeyStore(db), sealing });
  const creation = createOnboardingCreation({ ...deps, keys, tokens: createStartTokens(secrets) });
  const sessions = createOnboardingSessions({
    ...deps,
    store: createOnboardingStore(db),
    clients: deps.apiClients,
    results: createResultTokens(keys, publicUrl),
  });
  return {
    creation,
    sessions,
    keys,
    /** Deletes what has ended. Called now and then. */
    async tidy() {
      await sessions.tidy(keptMs === null ? 0 : Date.now() - keptMs);
      await creation.tidy();
      await keys.rotate();
    },
  };
}

export type Onboarding = ReturnType<typeof createOnboarding>;
