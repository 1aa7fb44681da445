import type { ScalekitGateway } from '../scalekit/gateway.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { ChangeEvents } from '../store/changeEvents.js';
import type { Db } from '../store/database.js';
import type { LastKnownStore } from '../store/lastKnownStore.js';
import type { Locks } from '../store/locks.js';
import { createSealing } from '../store/sealed.js';
import { failuresPerMinute } from '../web/rateLimits.js';
import type { AccountReader } from './accountReader.js';
import { type AddressedLinks, createAddressedLinks } from './addressedLinks.js';
import { type CatalogueReader, createCatalogueReader } from './catalogue.js';
import { type ConnectFlow, createConnectFlow } from './connectFlow.js';
import { readDisplaySettings } from './displaySettings.js';
import { type Approvals, createFlowEnding, type FlowEnding } from './flowEnding.js';
import { createFlowProgress, type FlowProgressReader } from './flowProgress.js';
import type { FlowStore } from './flowStore.js';
import { createLogos, type Logos } from './logos.js';
import { createReconnectStore } from './reconnectStore.js';
import { createRequiredReconnects, type RequiredReconnects } from './requiredReconnects.js';
import { createUnverifiedAccounts, type UnverifiedAccounts } from './unverifiedAccounts.js';
import {
  createUnverifiedActivations,
  type TokenRefreshes,
  type UnverifiedActivations,
} from './unverifiedActivation.js';
import { createUnverifiedStore } from './unverifiedStore.js';
import { createVerification, type Verification } from './verification.js';

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
