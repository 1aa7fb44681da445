import { createHmac } from 'node:crypto';
import type { Logger } from '../../http/logging.js';
import { backoffMs, withJitter } from '../../kernel/backoff.js';
import { derivedKeys } from '../../kernel/derivedKeys.js';
import { inParallel } from '../../kernel/inParallel.js';
import type { ConnectedAccount, ScalekitGateway } from '../../scalekit/gateway.js';
import { ScalekitError } from '../../scalekit/scalekitError.js';
import type { ChangeEvents } from '../../store/database/changeEvents.js';
import { createJob } from '../../store/job.js';
import type { Lease } from '../../store/locks.js';
import type { AccountReader, AccountsReading } from '../list/accountReader.js';
import type { CatalogueReader } from '../list/catalogue.js';
import type { AccountIdentity, ConnectedAsStore } from './connectedAsStore.js';
import {
  type ProviderAccount,
  type ProviderQuestion,
  questionOf,
  readProviderAccount,
} from './providerQuestions.js';

export interface ConnectedAsDeps {
  readonly gateway: Pick<ScalekitGateway, 'askProvider'>;
  readonly catalogue: Pick<CatalogueReader, 'read'>;
  readonly reader: Pick<AccountReader, 'subscribe'>;
  readonly events: Pick<ChangeEvents, 'publish'>;
  readonly store: ConnectedAsStore;
  readonly lease: Lease;
  /** A key of the first hashes; those of all are compared with. */
  readonly secrets: readonly string[];
  /** Whether providers are asked at all. */
  readonly isOn: boolean;
  readonly logger: Logger;
}

/** Which account at the provider a connection is connected as. */
export interface ConnectedAs {
  readonly name: string;
  /** The account that it replaced a moment ago, or null. */
  readonly insteadOf: string | null;
}

export type ConnectedAsByName = ReadonlyMap<string, ConnectedAs>;

const none: ConnectedAsByName = new Map();

const lookEveryMs = 5_000;
const askedAtOnce = 4;
const mostTries = 5;
const firstRetryMs = 30_000;
const longestRetryMs = 60 * 60_000;
/** How long a connection says that it is another account than before. */
const saidForMs = 24 * 60 * 60_000;

/** What a later try may mend. Anything else is the provider's answer: the scopes do not allow it, or it is not there. */
const passing: ReadonlySet<string> = new Set([
  'timeout',
  'unreachable',
  'rate_limited',
  'busy',
  'credentials',
]);

/**
 * Knows which account at the provider users connected: asked in the background, once after each connecting, through
 * Scalekit's proxy, so that no token comes here. It is never in the way: what can't be told is not shown.
 */
export function createConnectedAs(deps: ConnectedAsDeps) {
  const { gateway, catalogue, reader, events, store, lease, secrets, isOn, logger } = deps;
  const keys = derivedKeys(secrets, 'connected as');
  const readings = new WeakMap<AccountsReading, Promise<ConnectedAsByName>>();

  const hashesOf = (provider: string, { id }: ProviderAccount) =>
    keys.map((key) =>
      createHmac('sha256', key).update(`${provider.toUpperCase()}\0${id}`).digest('base64url'),
    );

  async function questionFor(
    connectionName: string,
  ): Promise<{ provider: string; question: ProviderQuestion } | null> {
    const entry = (await catalogue.read()).find(connectionName);
    if (entry === undefined || !entry.offered || entry.identity === false) return null;
    const { provider } = entry.connection;
    const question = entry.identity ?? questionOf(provider);
    return question === null ? null : { provider, question };
  }

  async function ask(due: AccountIdentity): Promise<void> {
    const { identifier, connectionName } = due;
    const known = await questionFor(connectionName);
    if (known === null) return store.notFound(due, null);
    const { provider, question } = known;
    const { method, path, body = null } = question;
    const answer = await gateway.askProvider({ identifier, connectionName, method, path, body });
    const account = readProviderAccount(question, answer);
    if (account === null) return store.notFound(due, null);
    const hashes = hashesOf(provider, account);
    const isOther = due.hashBefore !== null && !hashes.includes(due.hashBefore);
    const found = { name: account.name, idHash: hashes[0] ?? '', isOther };
    // Open pages and what was read before show it.
    if (await store.found(due, found, Date.now())) await events.publish({ kind: 'accounts', identifier });
  }

  async function tryOnce(due: AccountIdentity): Promise<void> {
    try {
      await ask(due);
    } catch (error) {
      if (!(error instanceof ScalekitError)) throw error;
      const again = passing.has(error.kind) && due.tries + 1 < mostTries;
      const waitMs = withJitter(backoffMs(firstRetryMs, longestRetryMs, due.tries + 1));
      await store.notFound(due, again ? Date.now() + waitMs : null);
      logger.debug(
        { kind: error.kind, connection: due.connectionName },
        'a provider did not tell whose account it is',
      );
    }
  }

  const job = createJob({
    name: 'connected as',
    everyMs: lookEveryMs,
    lease,
    isDue: async () => isOn && (await store.isAnyDue(Date.now())),
    async perform(signal) {
      for (let due = await store.due(Date.now()); due.length > 0; due = await store.due(Date.now())) {
        await inParallel(due, askedAtOnce, async (one) => {
          if (!signal.aborted) await tryOnce(one);
        });
        if (signal.aborted) return;
      }
    },
    logger,
  });

  /** Has the provider of an active account asked. */
  async function expect(identifier: string, connectionName: string, accountId: string): Promise<void> {
    if (!isOn || (await questionFor(connectionName).catch(() => null)) === null) return;
    await store.expect({ identifier, connectionName }, accountId, Date.now());
    job.wake();
  }

  /** Accounts that became active in some other way, or before this was known, are asked about when they are seen. */
  async function notice(identifier: string, accounts: readonly ConnectedAccount[]): Promise<void> {
    const active = accounts.filter(({ status }) => status === 'active');
    if (!isOn || active.length === 0) return;
    const known = new Map((await store.ofUser(identifier)).map((one) => [one.connectionName, one.accountId]));
    for (const { connectionName, id } of active) {
      if (known.get(connectionName) !== id) await expect(identifier, connectionName, id);
    }
  }
  reader.subscribe({ read: notice });

  async function read(identifier: string, { accounts }: AccountsReading): Promise<ConnectedAsByName> {
    const shown = new Map<string, ConnectedAs>();
    for (const { connectionName, accountId, name, nameBefore, changedAt } of await store.ofUser(identifier)) {
      const account = accounts.get(connectionName);
      if (account?.status !== 'active' || account.id !== accountId || name === null) continue;
      const isRecent = changedAt !== null && Date.now() - changedAt < saidForMs;
      shown.set(connectionName, { name, insteadOf: isRecent ? nameBefore : null });
    }
    return shown;
  }

  return {
    job,
    expect,
    tidy: store.tidy,
    /** As whom a user's active accounts are connected, where it is known. It costs a query for each reading. */
    async of(identifier: string, reading: AccountsReading | null): Promise<ConnectedAsByName> {
      const isActive = [...(reading?.accounts.values() ?? [])].some(({ status }) => status === 'active');
      if (!isOn || reading === null || !isActive) return none;
      const kept = readings.get(reading) ?? read(identifier, reading);
      readings.set(reading, kept);
      kept.catch(() => readings.delete(reading));
      return kept;
    },

    /** For admins: what `forAdmins` tells of some users, without who else. */
    async namesOf(
      identifiers: readonly string[],
    ): Promise<(identifier: string, connectionName: string) => string | null> {
      const keyOf = (identifier: string, connectionName: string) =>
        JSON.stringify([identifier, connectionName]);
      const names = new Map(
        (await store.ofUsers(identifiers)).map((one) => [
          keyOf(one.identifier, one.connectionName),
          one.name,
        ]),
      );
      return (identifier, connectionName) => names.get(keyOf(identifier, connectionName)) ?? null;
    },

    /** For admins: as whom a user is connected, and who else connected the same account, by the connection's name. */
    async forAdmins(
      identifier: string,
    ): Promise<Map<string, { readonly name: string; readonly sharers: readonly string[] }>> {
      const known = (await store.ofUser(identifier)).filter(({ name }) => name !== null);
      const told = await Promise.all(
        known.map(
          async (one) =>
            [one.connectionName, { name: one.name ?? '', sharers: await store.sharers(one, 5) }] as const,
        ),
      );
      return new Map(told);
    },
  };
}

export type ConnectedAsReader = ReturnType<typeof createConnectedAs>;
