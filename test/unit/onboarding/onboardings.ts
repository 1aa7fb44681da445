import { createFlowEnding } from '../../../server/accounts/flow/flowEnding.js';
import { createFlowStore } from '../../../server/accounts/flow/flowStore.js';
import { createUnverifiedAccounts } from '../../../server/accounts/flow/unverifiedAccounts.js';
import { createUnverifiedStore } from '../../../server/accounts/flow/unverifiedStore.js';
import { createAccountReader } from '../../../server/accounts/list/accountReader.js';
import { createCatalogueReader } from '../../../server/accounts/list/catalogue.js';
import { createReconnectStore } from '../../../server/accounts/list/reconnectStore.js';
import { createRequiredReconnects } from '../../../server/accounts/list/requiredReconnects.js';
import type { ApiClient, ClientSettings } from '../../../server/identity/clients/apiClient.js';
import { createApiClients } from '../../../server/identity/clients/apiClients.js';
import { createOnboarding } from '../../../server/onboarding/onboarding.js';
import type { OnboardingRequest } from '../../../server/onboarding/onboardingRequest.js';
import { createAuditTrail } from '../../../server/store/auditTrail.js';
import type { Database } from '../../../server/store/database/database.js';
import { createLastKnownStore } from '../../../server/store/lastKnownStore.js';
import { createLocks } from '../../../server/store/locks.js';
import { createMemoryGateway, type MemoryGateway } from '../../support/memoryGateway.js';
import { someSettings } from '../identity/clients/clients.js';
import { silent } from '../tempDatabase.js';

export const publicUrl = 'https://connect.example';
export const secret = 'a secret of the tests that is long enough';
export const ada = 'ada@example.com';
export const bob = 'bob@example.com';
export const info = { reference: 'K7F-2QD', address: '127.0.0.1' };

/** A gateway with connections of every kind: `slack` is turned off. */
export function aGateway(): MemoryGateway {
  const gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail' });
  gateway.scalekit.addConnection({ name: 'exa', kind: 'static' });
  gateway.scalekit.addConnection({ name: 'slack', enabled: false });
  return gateway;
}

/** What Acme asks for when it asks for Gmail, and for Exa if Ada likes. */
export const aRequest = (changes: Partial<OnboardingRequest> = {}): OnboardingRequest => ({
  identifier: ada,
  displayName: 'Ada',
  connections: [
    { name: 'gmail', required: true },
    { name: 'exa', required: false },
  ],
  returnUrl: 'https://acme.example/back',
  confirmUrl: null,
  refreshUrl: null,
  state: 'its state',
  userCheck: 'confirm',
  openMinutes: 5,
  ...changes,
});

/** One instance of everything that onboardings need. */
export function anInstance(
  { db, events, presence }: Database,
  { gateway = aGateway(), secrets = [secret] as readonly string[], keptMs = null as number | null } = {},
) {
  const audit = createAuditTrail(db, silent);
  const lastKnown = createLastKnownStore(db);
  const flows = createFlowStore(db);
  const apiClients = createApiClients({ db, events, audit });
  const reader = createAccountReader(gateway, lastKnown, { events, reuseMs: 0 });
  const reconnects = createRequiredReconnects({ store: createReconnectStore(db), events });
  const approvals = { approved: async () => {} };
  const onboarding = createOnboarding({
    db,
    apiClients,
    catalogue: createCatalogueReader(gateway, lastKnown, new Map(), async () => new Map()),
    reader,
    reconnects,
    unverified: createUnverifiedAccounts({
      store: createUnverifiedStore(db),
      events,
      audit,
      isTrusted: async () => false,
    }),
    flows,
    ending: createFlowEnding({
      gateway,
      reader,
      flows,
      locks: createLocks({ db, presence, logger: silent }),
      audit,
      approvals,
    }),
    audit,
    secrets,
    publicUrl,
    signInOffered: true,
    keptMs,
  });
  return { gateway, audit, flows, apiClients, reconnects, reader, ...onboarding };
}

export type Instance = ReturnType<typeof anInstance>;

export const aClient = async (
  instance: Instance,
  changes: Partial<ClientSettings> = {},
): Promise<ApiClient> =>
  (
    await instance.apiClients.create(
      someSettings({ scopes: ['onboarding'], moreUserChecks: ['none'], ...changes }),
      { actor: 'command' },
    )
  ).client;

/** The start token in the address of a new onboarding. */
export const tokenIn = (url: string) => new URL(url).searchParams.get('token') ?? '';

/** The code in a continue URL. */
export const codeIn = (url: string) => new URL(url).searchParams.get('code') ?? '';
