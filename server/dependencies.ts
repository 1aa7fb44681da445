import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type AccountReader,
  createAccountReader,
  type MayKeep,
  type ReadObserver,
} from './accounts/accountReader.js';
import { type AddressedLinks, createAddressedLinks } from './accounts/addressedLinks.js';
import { type CatalogueReader, createCatalogueReader } from './accounts/catalogue.js';
import { type ConnectFlow, createConnectFlow } from './accounts/connectFlow.js';
import { readDisplaySettings } from './accounts/displaySettings.js';
import { createFlowEnding } from './accounts/flowEnding.js';
import { createFlowProgress, type FlowProgressReader } from './accounts/flowProgress.js';
import { createFlowStore, type FlowStore } from './accounts/flowStore.js';
import { tidyFlows } from './accounts/flowTimeouts.js';
import { createLiveEvents, type LiveEvents } from './accounts/liveEvents.js';
import { createLogos, type Logos } from './accounts/logos.js';
import { createReconnectStore } from './accounts/reconnectStore.js';
import { createRequiredReconnects, type RequiredReconnects } from './accounts/requiredReconnects.js';
import { createUnverifiedAccounts, type UnverifiedAccounts } from './accounts/unverifiedAccounts.js';
import { createUnverifiedActivations } from './accounts/unverifiedActivation.js';
import { createUnverifiedStore } from './accounts/unverifiedStore.js';
import { createVerification, type Verification } from './accounts/verification.js';
import { createDirectory, type Directory } from './admin/directory.js';
import { createDirectoryFollower, followed } from './admin/directoryFollower.js';
import { createDirectoryStore } from './admin/directoryStore.js';
import type { LedJob } from './admin/ledJob.js';
import { createMailings, type Mailings } from './admin/mailings.js';
import { createPrivacy, type Privacy } from './admin/privacy.js';
import { createReconnectPass } from './admin/reconnectPass.js';
import { createReconnectPassStore } from './admin/reconnectPassStore.js';
import { type Config, ConfigError } from './config.js';
import { type ApiClients, createApiClients } from './identity/apiClients.js';
import type { SampleUser } from './identity/developmentSignIn.js';
import { createOpenidProvider, type OpenidProvider } from './identity/openidProvider.js';
import { createSessionOwners } from './identity/sessionOwners.js';
import { createSignInTryStore, type SignInTryStore } from './identity/signInTryStore.js';
import { suspicious } from './notify/incidents.js';
import { createMailIntake, createMails, type Mails } from './notify/mails.js';
import { createOnboarding, type Onboarding } from './onboarding/onboarding.js';
import type { ScalekitGateway } from './scalekit/gateway.js';
import type { ScalekitHealth } from './scalekit/healthWatch.js';
import { type AuditTrail, createAuditTrail } from './store/auditTrail.js';
import { createDailyCounts, type DailyCounts } from './store/dailyCountStore.js';
import { type Database, pingDatabase } from './store/database.js';
import { createLastKnownStore } from './store/lastKnownStore.js';
import { createLease, createLocks } from './store/locks.js';
import { SessionStore } from './store/sessionStore.js';
import { createTombstones } from './store/tombstoneStore.js';
import { createUserStore, type UserStore } from './store/userStore.js';
import { type Assets, createAssets } from './web/assets.js';
import type { Logger } from './web/logging.js';
import { type Metrics, noMetrics } from './web/metrics.js';
import { watchGauges } from './web/metricsGauges.js';
import { createTokenRefreshes } from './webhooks/tokenRefreshStore.js';
import { createWebhookHealth } from './webhooks/webhookHealth.js';
import { createWebhooks, type Webhooks } from './webhooks/webhooks.js';

/** What the app is built from, made at the edge: by `index.ts`, or by a test with its own peers. */
export interface Peers extends Pick<Database, 'db' | 'events' | 'pool'> {
  readonly gateway: ScalekitGateway;
  readonly logger: Logger;
  /** The first signs, each of them verifies. */
  readonly sessionSecrets: readonly string[];
  readonly sampleUsers: readonly SampleUser[];
  /** The origin of the Scalekit that is only a sandbox, or null for the real one. */
  readonly sandboxOrigin: string | null;
  scalekitHealth(): ScalekitHealth;
  /** Nothing is counted when left out. */
  readonly metrics?: Metrics;
  /** The secrets that a sandbox signs with, in place of those that are configured. */
  readonly webhookSecrets?: readonly string[];
}

/** Everything that `createApp` mounts. */
export interface Dependencies extends Peers {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly folders: { readonly views: string; readonly public: string };
  readonly assets: Assets;
  readonly operatorLogo: { readonly type: string; readonly body: Buffer } | null;
  readonly sessionStore: SessionStore;
  /** Null where users don't sign in at a provider. */
  readonly openid: OpenidProvider | null;
  readonly signInTries: SignInTryStore;
  readonly users: UserStore;
  readonly audit: AuditTrail;
  readonly counts: DailyCounts;
  readonly apiClients: ApiClients;
  readonly onboarding: Onboarding;
  readonly catalogue: CatalogueReader;
  readonly reader: AccountReader;
  readonly flows: FlowStore;
  readonly connectFlow: ConnectFlow;
  readonly verification: Verification;
  readonly progress: FlowProgressReader;
  readonly links: AddressedLinks;
  /** Its sender has to be started and stopped. */
  readonly mails: Mails;
  /** To be closed before the server waits for its requests to end. */
  readonly liveEvents: LiveEvents;
  readonly logos: Logos;
  readonly reconnects: RequiredReconnects;
  readonly unverified: UnverifiedAccounts;
  /** Has to be started and stopped. */
  readonly reconnectPass: LedJob;
  /** Its runner has to be started and stopped. */
  readonly mailings: Mailings;
  /** Has to be started and stopped. */
  readonly directory: Directory;
  /** Its worker has to be started and stopped. */
  readonly webhooks: Webhooks;
  /** Its retention has to be started and stopped. */
  readonly privacy: Privacy;
  pingDatabase(): Promise<void>;
  /** Forgets what has ended; to be called now and then. */
  tidy(): Promise<void>;
}

/** So that who comes back too late is told so. */
const triesKeptMs = 24 * 3_600_000;
const flowsKeptMs = 90 * 24 * 3_600_000;

/** How long a status that was read may be shown while webhooks arrive, and while a flow of the user is open. */
const longerReuse = { reuseMs: 30_000, reuseInFlowMs: 5_000 };

/** An instance that died no longer keeps others from its jobs after this. */
const jobLeaseMs = 30_000;

const folderBeside = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

function readOperatorLogo(file: string | null): Dependencies['operatorLogo'] {
  if (file === null) return null;
  try {
    const type = file.toLowerCase().endsWith('.png') ? 'image/png' : 'image/svg+xml';
    return { type, body: readFileSync(file) };
  } catch {
    throw new ConfigError([`OPERATOR_LOGO_FILE names ${file}, which cannot be read`]);
  }
}

/**
 * The composition root: data, then services, each made once.
 * @throws DisplaySettingsError when `CONNECTIONS_FILE` can't be used
 */
export function createDependencies(config: Config, peers: Peers): Dependencies {
  const { db, events, gateway, metrics = noMetrics } = peers;
  const folders = { views: folderBeside('views'), public: folderBeside('public') };
  const lastKnown = createLastKnownStore(db);
  const audit = createAuditTrail(db, peers.logger, metrics.audited);
  const counts = createDailyCounts(db);
  const flows = createFlowStore(db);
  const sessionStore = new SessionStore(db, config.sessionLimits.idleMs, config.sessionLimits.maxMs);
  const signInTries = createSignInTryStore(db);
  const { signIn } = config;
  const openid =
    signIn.mode === 'oidc' ? createOpenidProvider(signIn.openid, config.publicUrl, peers.logger) : null;
  const health = createWebhookHealth();
  const longer = { ...longerReuse, allowed: health.arrive, isFlowOpen: flows.hasOpen };
  const mailIntake = createMailIntake({
    db,
    lastKnown,
    settings: config.mail,
    sandbox: config.loopback && peers.sandboxOrigin !== null,
  });
  const { incidents } = mailIntake;
  const tombstones = createTombstones(db, peers.sessionSecrets);
  const directoryStore = createDirectoryStore(db, tombstones);
  const follower = createDirectoryFollower({ read: (user) => read.read(user), logger: peers.logger });
  // Of who was erased, nothing is written that was read before, nor that they have nothing.
  const mayKeep: MayKeep = async (identifier, accounts, asOf) =>
    !(await tombstones.covers({ identifier, asOf })) &&
    (accounts.length > 0 || !(await tombstones.isGone(identifier)));
  const observe: ReadObserver = async (...seen) => {
    const [identifier, , asOf] = seen;
    if (await tombstones.covers({ identifier, asOf })) return;
    await incidents.observe(...seen);
    await directoryStore.observe(...seen);
    await follower.observed(...seen);
  };
  const read = createAccountReader(gateway, lastKnown, { events, longer, mayKeep, observe });
  const reader = followed(read, follower);
  // After the reader, which has dropped what it keeps by the time a page is told to read again.
  const liveEvents = createLiveEvents({ events, ownerOf: createSessionOwners(sessionStore) });
  const catalogue = createCatalogueReader(gateway, lastKnown, readDisplaySettings(config.connectionsFile));
  const reconnects = createRequiredReconnects({ store: createReconnectStore(db), events });
  const locks = createLocks(db);
  const ending = createFlowEnding({ gateway, reader, flows, locks, audit, approvals: directoryStore });
  const activations = createUnverifiedActivations({
    flows,
    audit,
    locks,
    refreshes: createTokenRefreshes(db),
  });
  const shared = { gateway, reader, catalogue, flows, ending, audit, activations };
  const progress = createFlowProgress(shared);
  const webhooks = createWebhooks({
    ...shared,
    reader: suspicious(read, incidents),
    directory: directoryStore,
    progress,
    db,
    tombstones,
    health,
    count: metrics.webhook,
    logger: peers.logger,
    secrets: peers.webhookSecrets ?? config.webhookSecrets,
    userVerification: config.userVerification,
  });
  const directory = createDirectory({
    db,
    gateway,
    store: directoryStore,
    follower,
    observe,
    logger: peers.logger,
    settings: config.directorySync,
  });
  watchGauges(metrics, { liveEvents, health, outbox: mailIntake.outbox, pool: peers.pool });
  const links = createAddressedLinks(peers.sessionSecrets, config.publicUrl);
  const mails = createMails({
    db,
    intake: mailIntake,
    settings: config.mail,
    reader,
    catalogue,
    reconnects,
    audit,
    tombstones,
    links,
    logger: peers.logger,
    count: metrics.mail,
    publicUrl: config.publicUrl,
    productName: config.productName,
    views: folders.views,
  });
  const apiClients = createApiClients({ db, events, audit });
  const onboarding = createOnboarding({
    ...shared,
    db,
    apiClients,
    reconnects,
    secrets: peers.sessionSecrets,
    publicUrl: config.publicUrl,
    signInOffered: signIn.mode !== 'none',
  });
  return {
    ...peers,
    config,
    metrics,
    folders,
    assets: createAssets(folders.public),
    operatorLogo: readOperatorLogo(config.operatorLogoFile),
    sessionStore,
    openid,
    signInTries,
    users: createUserStore(db),
    audit,
    counts,
    apiClients,
    onboarding,
    catalogue,
    reader,
    flows,
    connectFlow: createConnectFlow({
      ...shared,
      userVerification: config.userVerification,
      publicUrl: config.publicUrl,
    }),
    verification: createVerification({ ...shared, counts }),
    progress,
    liveEvents,
    links,
    mails,
    logos: createLogos(),
    reconnects,
    unverified: createUnverifiedAccounts({ store: createUnverifiedStore(db), events }),
    reconnectPass: createReconnectPass({
      store: createReconnectPassStore(db),
      directory: directoryStore,
      events,
      lease: createLease(db, 'required reconnects', jobLeaseMs),
      logger: peers.logger,
    }),
    mailings: createMailings({
      db,
      mails,
      tombstones,
      lease: createLease(db, 'mailings', jobLeaseMs),
      logger: peers.logger,
    }),
    directory,
    privacy: createPrivacy({
      ...shared,
      db,
      sessionStore,
      events,
      tombstones,
      retention: config.retention,
      logger: peers.logger,
    }),
    webhooks,
    pingDatabase: () => pingDatabase(db),
    async tidy() {
      await sessionStore.deleteExpired();
      await signInTries.deleteExpired(Date.now() - triesKeptMs);
      await tidyFlows({ flows, audit }, Date.now() - flowsKeptMs);
      await webhooks.tidy();
      await mails.tidy();
      await onboarding.tidy();
    },
  };
}
