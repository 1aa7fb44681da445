import type { Logger } from '../http/logging.js';
import { failuresPerMinute } from '../http/security/rateLimits.js';
import { createSealing } from '../kernel/sealed.js';
import type { ScalekitGateway } from '../scalekit/gateway.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { ChangeEvents } from '../store/database/changeEvents.js';
import type { Db } from '../store/database/schema.js';
import type { LastKnownStore } from '../store/lastKnownStore.js';
import type { Locks } from '../store/locks.js';
import { createConnectedAs } from './connectedAs/connectedAs.js';
import { createConnectedAsStore } from './connectedAs/connectedAsStore.js';
import { createConnectFlow } from './flow/connectFlow.js';
import { type Approvals, createFlowEnding } from './flow/flowEnding.js';
import { createFlowProgress } from './flow/flowProgress.js';
import type { FlowStore } from './flow/flowStore.js';
import { createUnverifiedAccounts } from './flow/unverifiedAccounts.js';
import { createUnverifiedActivations, type TokenRefreshes } from './flow/unverifiedActivation.js';
import { createUnverifiedStore } from './flow/unverifiedStore.js';
import { createVerification } from './flow/verification.js';
import type { AccountReader } from './list/accountReader.js';
import { createAddressedLinks } from './list/addressedLinks.js';
import { createCatalogueReader, type Usage } from './list/catalogue.js';
import { readDisplaySettings } from './list/displaySettings.js';
import { createLogoFiles } from './list/logos.js';
import { createOwnMarks } from './list/ownMarks.js';
import { createReconnectStore } from './list/reconnectStore.js';
import { createRequiredReconnects } from './list/requiredReconnects.js';
import { createToolCatalogue } from './tools/toolCatalogue.js';

export interface AccountsDeps {
  readonly db: Db;
  readonly events: ChangeEvents;
  readonly gateway: ScalekitGateway;
  readonly reader: AccountReader;
  readonly flows: FlowStore;
  readonly lastKnown: LastKnownStore;
  readonly locks: Locks;
  readonly logger: Logger;
  readonly audit: AuditTrail;
  /** Records which accounts users have just approved. */
  readonly approvals: Approvals;
  readonly refreshes: TokenRefreshes;
  /** How many accounts work at each connection, for the order of the list. */
  readonly usage: () => Promise<Usage>;
  /** The first signs the links, each of them verifies. */
  readonly secrets: readonly string[];
  readonly settings: {
    readonly publicUrl: string;
    readonly userVerification: 'custom' | 'scalekit';
    readonly connectionsFile: string | null;
    readonly accountIdentity: boolean;
  };
}

/** How many returns that belong to no flow one address may bring in a minute. Users bring none. */
const strangersPerMinute = 30;

/**
 * The connections on offer, and what users do with them.
 * @throws DisplaySettingsError when `CONNECTIONS_FILE` can't be used
 */
export function createAccounts(deps: AccountsDeps) {
  const { db, events, gateway, reader, flows, lastKnown, locks, audit, refreshes, secrets, settings } = deps;
  const catalogue = createCatalogueReader(
    gateway,
    lastKnown,
    readDisplaySettings(settings.connectionsFile),
    deps.usage,
  );
  const connectedAs = createConnectedAs({
    ...deps,
    catalogue,
    store: createConnectedAsStore(db),
    lease: locks.lease('connected-as'),
    isOn: settings.accountIdentity,
  });
  const ending = createFlowEnding({
    ...deps,
    approvals: {
      async approved(...approval) {
        await deps.approvals.approved(...approval);
        const [identifier, connectionName, , accountId] = approval;
        if (accountId !== null) await connectedAs.expect(identifier, connectionName, accountId);
      },
    },
  });
  const isTrusted = async (connectionName: string) =>
    (await catalogue.read()).find(connectionName)?.trustedActivation === true;
  const activations = createUnverifiedActivations({ flows, audit, locks, refreshes, isTrusted });
  const { publicUrl, userVerification } = settings;
  const reconnects = createRequiredReconnects({ store: createReconnectStore(db), events });
  return {
    catalogue,
    connectedAs,
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
    logoFiles: createLogoFiles(),
    tools: createToolCatalogue(gateway),
    reconnects,
    marks: createOwnMarks(reconnects, flows),
    unverified: createUnverifiedAccounts({ store: createUnverifiedStore(db), events, audit, isTrusted }),
  };
}

export type Accounts = ReturnType<typeof createAccounts>;
