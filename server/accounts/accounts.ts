import { failuresPerMinute } from '../http/rateLimits.js';
import { createSealing } from '../kernel/sealed.js';
import type { ScalekitGateway } from '../scalekit/gateway.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { ChangeEvents } from '../store/database/changeEvents.js';
import type { Db } from '../store/database/schema.js';
import type { LastKnownStore } from '../store/lastKnownStore.js';
import type { Locks } from '../store/locks.js';
import { type ConnectFlow, createConnectFlow } from './flow/connectFlow.js';
import { type Approvals, createFlowEnding, type FlowEnding } from './flow/flowEnding.js';
import { createFlowProgress, type FlowProgressReader } from './flow/flowProgress.js';
import type { FlowStore } from './flow/flowStore.js';
import { createUnverifiedAccounts, type UnverifiedAccounts } from './flow/unverifiedAccounts.js';
import {
  createUnverifiedActivations,
  type TokenRefreshes,
  type UnverifiedActivations,
} from './flow/unverifiedActivation.js';
import { createUnverifiedStore } from './flow/unverifiedStore.js';
import { createVerification, type Verification } from './flow/verification.js';
import type { AccountReader } from './list/accountReader.js';
import { type AddressedLinks, createAddressedLinks } from './list/addressedLinks.js';
import { type CatalogueReader, createCatalogueReader } from './list/catalogue.js';
import { readDisplaySettings } from './list/displaySettings.js';
import { createLogos, type Logos } from './list/logos.js';
import { createReconnectStore } from './list/reconnectStore.js';
import { createRequiredReconnects, type RequiredReconnects } from './list/requiredReconnects.js';

export interface AccountsDeps {
  readonly db: Db;
  readonly events: ChangeEvents;
  readonly gateway: ScalekitGateway;
  readonly reader: AccountReader;
  readonly flows: FlowStore;
  readonly lastKnown: LastKnownStore;
  readonly locks: Locks;
  readonly audit: AuditTrail;
  readonly approvals: Approvals;
  readonly refreshes: TokenRefreshes;
  /** The first signs the links, each of them verifies. */
  readonly secrets: readonly string[];
  readonly settings: {
    readonly publicUrl: string;
    readonly userVerification: 'custom' | 'scalekit';
    readonly connectionsFile: string | null;
  };
}

/** The connections on offer, and what users do with them. */
export interface Accounts {
  readonly catalogue: CatalogueReader;
  readonly reader: AccountReader;
  readonly flows: FlowStore;
  readonly ending: FlowEnding;
  readonly activations: UnverifiedActivations;
  readonly connectFlow: ConnectFlow;
  readonly verification: Verification;
  readonly progress: FlowProgressReader;
  readonly links: AddressedLinks;
  readonly logos: Logos;
  readonly reconnects: RequiredReconnects;
  readonly unverified: UnverifiedAccounts;
}

/** How many returns that belong to no flow one address may bring in a minute. Users bring none. */
const strangersPerMinute = 30;

/** @throws DisplaySettingsError when `CONNECTIONS_FILE` can't be used */
export function createAccounts(deps: AccountsDeps): Accounts {
  const { db, events, gateway, reader, flows, lastKnown, locks, audit, refreshes, secrets, settings } = deps;
  const catalogue = createCatalogueReader(gateway, lastKnown, readDisplaySettings(settings.connectionsFile));
  const ending = createFlowEnding(deps);
  const activations = createUnverifiedActivations({ flows, audit, locks, refreshes });
  const { publicUrl, userVerification } = settings;
  return {
    catalogue,
    reader,
    flows,
    ending,
    activations,
    connectFlow: createConnectFlow({
      gateway,
      reader,
      catalogue,
      flows,
      ending,
      audit,
      userVerification,
      publicUrl,
    }),
    verification: createVerification({
      gateway,
      reader,
      flows,
      ending,
      audit,
      sealing: createSealing(secrets, 'approvals'),
      strangers: failuresPerMinute(strangersPerMinute),
    }),
    progress: createFlowProgress({ reader, flows, ending, activations }),
    links: createAddressedLinks(secrets, publicUrl),
    logos: createLogos(),
    reconnects: createRequiredReconnects({ store: createReconnectStore(db), events }),
    unverified: createUnverifiedAccounts({ store: createUnverifiedStore(db), events }),
  };
}
