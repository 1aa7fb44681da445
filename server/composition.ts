import { fileURLToPath } from 'node:url';
import { type Accounts, createAccounts } from './accounts/accounts.js';
import { failureTable } from './accounts/flow/failureCodes.js';
import { createFlowPolls, createFlowStore, type FlowPolls } from './accounts/flow/flowStore.js';
import { settleFlows, tidyFlows } from './accounts/flow/flowTimeouts.js';
import { createAccountReader, type MayKeep } from './accounts/list/accountReader.js';
import { createLiveEvents, type LiveEvents } from './accounts/live/liveEvents.js';
import {
  type ClientWebhooks,
  createClientWebhooks,
  createDeliveries,
} from './api/webhooks/clientWebhooks.js';
import { type Brand, readBrand } from './brand/brand.js';
import { brandFiles } from './brand/brandAssets.js';
import { withOwnWords } from './brand/ownWords.js';
import type { Config } from './config/config.js';
import { createDirectory, type Directory } from './directory/directory.js';
import { createDirectoryStore } from './directory/directoryStore.js';
import { createReconnectPass } from './directory/reconnectPass.js';
import { createReconnectPassStore } from './directory/reconnectPassStore.js';
import { createOverviewStore } from './directory/users/overviewStore.js';
import { type Assets, createAssets } from './http/assets.js';
import type { Draining } from './http/httpServer.js';
import type { Logger } from './http/logging.js';
import { type Metrics, noMetrics } from './http/metrics/metrics.js';
import { watchGauges } from './http/metrics/metricsGauges.js';
import { beginAtZero } from './http/metrics/zeroCounts.js';
import { createIdentity, type Identity } from './identity/identity.js';
import { createSessionOwners } from './identity/sessionOwners.js';
import type { SampleUser } from './identity/signIn/developmentSignIn.js';
import type { IdentifierCase } from './kernel/identifier.js';
import { mailResults } from './notify/mailCounts.js';
import { createMailings, type Mailings } from './notify/mailings/mailings.js';
import { createMails, type Mails } from './notify/mails.js';
import { createOnboarding, type Onboarding } from './onboarding/onboarding.js';
import { createListenerOwners } from './onboarding/pages/onboardingEvents.js';
import { createPrivacy, type Privacy } from './privacy/privacy.js';
import type { ScalekitGateway } from './scalekit/gateway.js';
import type { ScalekitHealth } from './scalekit/healthWatch.js';
import { type AuditTrail, createAuditTrail } from './store/auditTrail.js';
import { createDailyCounts, type DailyCounts } from './store/dailyCountStore.js';
import type { Database } from './store/database/database.js';
import { createDatabaseHealth, type DatabaseState } from './store/database/databaseHealth.js';
import { allJobs, createJob, type Job } from './store/job.js';
import { createLastKnownStore } from './store/lastKnownStore.js';
import { createLocks } from './store/locks.js';
import { createTombstones, type Tombstones } from './store/tombstoneStore.js';
import { createTokenRefreshes } from './webhooks/tokenRefreshStore.js';
import { createWebhookHealth } from './webhooks/webhookHealth.js';
import { createWebhooks, type Webhooks } from './webhooks/webhooks.js';
import { appMessages, createDictionary, type Dictionary, unnamed } from './words/words.js';

/** What the app is built from, made at the edge: by `start.ts`, or by a test with its own peers. */
export interface Peers extends Pick<Database, 'db' | 'events' | 'pool' | 'presence'> {
  readonly gateway: ScalekitGateway;
  readonly logger: Logger;
  /** The first secret signs, all of them verify. */
  readonly sessionSecrets: readonly string[];
  /** As `decideIdentifierCase` decided. */
  readonly identifierCase: IdentifierCase;
  readonly sampleUsers: readonly SampleUser[];
  /** The origin of the Scalekit that is only a sandbox, or null for the real one. */
  readonly sandboxOrigin: string | null;
  scalekitHealth(): ScalekitHealth;
  /** Set while the app is about to stop; never when left out. */
  readonly draining?: Readonly<Draining>;
  /** Has the listener called whenever Scalekit answers again after an outage. */
  onScalekitBack?(listener: () => void): void;
  /** Nothing is counted when left out. */
  readonly metrics?: Metrics;
  /** How long a request may take until its answer begins, in milliseconds; as usual when left out. */
  readonly requestBudgetMs?: number;
  /** The languages that pages speak; our own when left out. */
  readonly dictionary?: Dictionary;
  /** The secrets that a sandbox signs with, in place of those that are configured. */
  readonly webhookSecrets?: readonly string[];
}

/** Everything that `createApp` mounts. */
export interface Dependencies extends Peers, Identity, Accounts {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly dictionary: Dictionary;
  readonly folders: { readonly views: string; readonly public: string };
  readonly assets: Assets;
  readonly brand: Brand;
  readonly audit: AuditTrail;
  readonly counts: DailyCounts;
  readonly tombstones: Tombstones;
  readonly onboarding: Onboarding;
  readonly directory: Directory;
  readonly mails: Mails;
  readonly mailings: Mailings;
  readonly privacy: Privacy;
  readonly reconnectPass: Job;
  readonly flowPolls: FlowPolls;
  /** To be closed before the server waits for its requests to end. */
  readonly liveEvents: LiveEvents;
  readonly webhooks: Webhooks;
  /** What other apps are told. */
  readonly clientWebhooks: ClientWebhooks;
  /** Everything that works in the background; to be started and stopped. */
  readonly jobs: ReturnType<typeof allJobs>;
  /** Settles what a dead process left in the middle. */
  settle(): Promise<void>;
  databaseState(): Promise<DatabaseState>;
  /** Forgets what has ended, but for onboardings, which have a `tidy` of their own. */
  tidy(): Promise<void>;
}

/** So that who comes back too late is told so. Anybody can begin tries, so it is not for long. */
const triesKeptMs = 3_600_000;
const flowsKeptMs = 90 * 24 * 3_600_000;

const tidyEveryMs = 10 * 60_000;
/** Until then a hosted form can still be sent whose onboarding has run out. */
const onboardingsTidyEveryMs = 60_000;
const settleEveryMs = 15_000;

/** Of a user who was erased, nothing is kept that was read before, nor that they have nothing. */
const mayKeepOf =
  (tombstones: Tombstones): MayKeep =>
  async (identifier, accounts, asOf) =>
    !(await tombstones.covers({ identifier, asOf })) &&
    (accounts.length > 0 || !(await tombstones.isGone(identifier)));

const folderBeside = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** What pages say under a brand. */
const wordsOf = (
  { words, assistant }: Brand,
  messages: ReturnType<typeof appMessages>,
  { defaultLanguage }: Config,
) =>
  createDictionary(
    withOwnWords(messages, words),
    { assistant: assistant ?? unnamed.assistant },
    defaultLanguage,
  );

/**
 * The composition root: data, then the services of one subject after the other, each made once.
 * @throws DisplaySettingsError when `CONNECTIONS_FILE` can't be used
 * @throws BrandError when `BRAND_FILE` can't be used
 */
export function createDependencies(config: Config, peers: Peers): Dependencies {
  const { db, gateway, events, presence, logger, sessionSecrets: secrets, metrics = noMetrics } = peers;
  const messages = appMessages();
  const brand = readBrand(config.brandFile, messages);
  const words = peers.dictionary ?? wordsOf(brand, messages, config);
  const folders = { views: folderBeside('views'), public: folderBeside('public') };
  const audit = createAuditTrail(db, logger, metrics.audited);
  const counts = createDailyCounts(db);
  const flows = createFlowStore(db);
  const lastKnown = createLastKnownStore(db);
  const tombstones = createTombstones(db, secrets);
  const locks = createLocks({ db, presence, logger });
  // Each subject takes of these what it names.
  const stores = { db, audit, counts, flows, lastKnown, locks, tombstones };
  const { publicUrl, userVerification } = config;
  const shared = { ...stores, gateway, events, logger, secrets, publicUrl, settings: config };

  const identity = createIdentity({ ...shared, identifierCase: peers.identifierCase });
  const health = createWebhookHealth();
  const sandbox = config.loopback && peers.sandboxOrigin !== null;
  const isFlowOpen = async (identifier: string) => (await flows.withOpen([identifier])).has(identifier);
  const longer = { allowed: health.arrive, isFlowOpen };
  const reader = createAccountReader(gateway, lastKnown, { events, longer, mayKeep: mayKeepOf(tombstones) });
  const directoryStore = createDirectoryStore(db, tombstones);
  const accounts = createAccounts({
    ...shared,
    reader,
    approvals: directoryStore,
    refreshes: createTokenRefreshes(db),
    usage: createOverviewStore(db).activeCounts,
  });
  // What is due to be mailed is noticed before the directory shows it.
  const mails = createMails({
    ...shared,
    ...accounts,
    sandbox,
    settings: config.mail,
    admins: config.roles.adminIdentifiers.map(identity.identifiers.canonical),
    count: metrics.mail,
    brand,
    dictionary: words,
    views: folders.views,
  });
  const directory = createDirectory({
    ...shared,
    reader,
    store: directoryStore,
    settings: config.directorySync,
  });
  const webhooks = createWebhooks({
    ...shared,
    ...accounts,
    directory: directoryStore,
    health,
    requestSync: () => directory.requestSync(null),
    ...(peers.onScalekitBack === undefined ? {} : { onScalekitBack: peers.onScalekitBack }),
    count: metrics.webhook,
    secrets: peers.webhookSecrets ?? config.webhookSecrets,
    userVerification,
  });
  const onboarding = createOnboarding({
    ...shared,
    ...accounts,
    apiClients: identity.apiClients,
    signInOffered: config.signIn.mode !== 'none',
    keptMs: config.retention.eventsMs,
  });
  const clientWebhooks = createClientWebhooks({
    ...shared,
    settings: { loopback: config.loopback, allowCidrs: config.webhookAllowCidrs },
  });
  const deliveries = createDeliveries({
    ...shared,
    webhooks: clientWebhooks,
    clients: identity.apiClients,
    tellSwitchedOff: mails.adminMails.webhooksOff,
  });
  // After what keeps anything of a user, and has dropped it by the time a page is told to read again.
  const liveEvents = createLiveEvents({
    events,
    ownerOf: createListenerOwners(onboarding.sessions, createSessionOwners(identity.sessionStore)),
  });
  const { sessionStore, signInTries, signInWatches, logouts } = identity;
  const { catalogue, ending, progress } = accounts;
  const mailings = createMailings({ ...shared, mails, lease: locks.lease('mailings') });
  const privacy = createPrivacy({
    ...shared,
    catalogue,
    ending,
    sessionStore,
    retired: identity.retired,
    retention: config.retention,
  });
  const reconnectPass = createReconnectPass({
    ...shared,
    store: createReconnectPassStore(db),
    directory: directoryStore,
    lease: locks.lease('required-reconnects'),
  });
  const databaseState = createDatabaseHealth(db);
  beginAtZero(metrics, { mailResults, failures: Object.keys(failureTable) });
  watchGauges(metrics, {
    databaseState,
    liveEvents,
    health,
    eventLog: webhooks.log,
    outbox: mails.outbox,
    pool: peers.pool,
  });
  const settle = () => settleFlows({ flows, audit, progress });
  async function tidy(): Promise<void> {
    await sessionStore.deleteExpired();
    await logouts.deleteExpired();
    await signInTries.deleteExpired(Date.now() - triesKeptMs);
    await signInWatches.deleteExpired();
    await tidyFlows({ flows, audit, progress }, Date.now() - flowsKeptMs);
    await locks.tidy();
    await webhooks.tidy();
    await accounts.connectedAs.tidy();
    await mails.tidy();
    await clientWebhooks.tidy();
  }
  const jobs = allJobs([
    createJob({ name: 'settling', everyMs: settleEveryMs, perform: settle, logger }),
    webhooks.worker,
    webhooks.log.job,
    accounts.connectedAs.job,
    mails.sender,
    directory,
    privacy.retention,
    privacy.renaming.watch,
    reconnectPass,
    mailings.runner,
    deliveries,
    createJob({ name: 'tidying', everyMs: tidyEveryMs, perform: tidy, logger }),
    createJob({
      name: 'tidying onboardings',
      everyMs: onboardingsTidyEveryMs,
      perform: onboarding.tidy,
      logger,
    }),
  ]);
  return {
    ...peers,
    ...identity,
    ...accounts,
    config,
    metrics,
    dictionary: words,
    folders,
    assets: createAssets(folders.public, brandFiles(brand)),
    brand,
    audit,
    counts,
    tombstones,
    onboarding,
    directory,
    mails,
    mailings,
    privacy,
    reconnectPass,
    flowPolls: createFlowPolls(db, sessionStore),
    liveEvents,
    webhooks,
    clientWebhooks,
    jobs,
    settle,
    databaseState,
    tidy,
  };
}
