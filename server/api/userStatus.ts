import type { ConnectedAsReader } from '../accounts/connectedAs/connectedAs.js';
import type { FailureCode } from '../accounts/flow/failureCodes.js';
import { asFailure, failureCodeOf } from '../accounts/flow/failures.js';
import type { UnverifiedAccounts } from '../accounts/flow/unverifiedAccounts.js';
import type { AccountReader, AccountsReading } from '../accounts/list/accountReader.js';
import type { AddressedLinks } from '../accounts/list/addressedLinks.js';
import type { Catalogue, CatalogueEntry, CatalogueReader } from '../accounts/list/catalogue.js';
import { knowledgeOf, type ReadOwnMarks } from '../accounts/list/ownMarks.js';
import { type AccountState, type OwnKnowledge, stateOf } from '../accounts/states.js';
import { fieldsRefused } from '../onboarding/refusals.js';
import type { ConnectedAccount } from '../scalekit/gateway.js';
import type { Translate } from '../words/words.js';

/** The status of one connection for a user. */
export interface ConnectionStatus {
  readonly name: string;
  readonly state: AccountState;
  /** Why it does not count although its state is active, or null. */
  readonly notReadyReason: Extract<FailureCode, 'unverified_activation'> | null;
  /** When that changed last, in epoch milliseconds, or null where that is not known. */
  readonly since: number | null;
  /** The account at the provider, where it is known. */
  readonly connectedAs: string | null;
  /** The user's own durable link, or null where it can't be used or is not needed. */
  readonly connectUrl: string | null;
}

export interface UserStatus {
  /** Whether every connection that was asked for is active, and nothing stands against it. */
  readonly ready: boolean;
  /** How old it is at most, in epoch milliseconds. */
  readonly asOf: number;
  /** Why there is nothing newer, or null when it is how things stand. */
  readonly staleReason: FailureCode | null;
  readonly connections: readonly ConnectionStatus[];
}

/**
 * How connections stand for a user.
 * @param names those that are asked for, or null for all that are offered
 * @throws DomainError when a name is unknown, or nothing was ever read and nothing can be
 */
export type ReadUserStatus = (identifier: string, names: readonly string[] | null) => Promise<UserStatus>;

export interface UserStatusDeps {
  readonly catalogue: Pick<CatalogueReader, 'read'>;
  readonly reader: Pick<AccountReader, 'readOrRecall'>;
  readonly marks: ReadOwnMarks;
  readonly connectedAs: Pick<ConnectedAsReader, 'of'>;
  readonly unverified: UnverifiedAccounts;
  readonly links: Pick<AddressedLinks, 'urlFor'>;
  /** Whether users can sign in to this app, without which their links lead nowhere. */
  readonly signInOffered: boolean;
}

function entriesOf(catalogue: Catalogue, names: readonly string[] | null): readonly CatalogueEntry[] {
  if (names === null) return catalogue.shown;
  const asked = [...new Set(names)];
  const unknown = asked.filter((name) => catalogue.find(name) === undefined);
  if (unknown.length === 0) return asked.flatMap((name) => catalogue.find(name) ?? []);
  const offered = catalogue.shown.map(({ connection }) => connection.name);
  const detail = (t: Translate) =>
    t('api.users.fields.connections', {
      unknown: unknown.join(', '),
      known: offered.join(', ') || t('api.none'),
    });
  throw fieldsRefused([{ field: 'connections', code: 'connection_unknown', detail }]);
}

const isReady = ({ state, notReadyReason }: ConnectionStatus) =>
  state === 'active' && notReadyReason === null;

/** What was answered last of what was read once. */
interface Given {
  readonly question: string;
  readonly catalogue: Catalogue;
  readonly status: UserStatus;
}

/** The same question gets the very same answer until the user is read again: sealing links costs more than all else. */
export function createUserStatus(deps: UserStatusDeps): ReadUserStatus {
  const { catalogue, reader, marks, connectedAs, unverified, links, signInOffered } = deps;
  const given = new WeakMap<AccountsReading, Given>();

  function connectionOf(
    identifier: string,
    { connection: { name }, offered, needsNothing }: CatalogueEntry,
    account: ConnectedAccount | undefined,
    known: OwnKnowledge,
    isUnverified: boolean,
    connectedAs: string | null,
  ): ConnectionStatus {
    if (needsNothing)
      return {
        name,
        state: 'active',
        notReadyReason: null,
        since: null,
        connectedAs: null,
        connectUrl: null,
      };
    const state = stateOf(account?.status, known);
    const notReadyReason = state === 'active' && isUnverified ? 'unverified_activation' : null;
    const linked = signInOffered && offered && (state !== 'active' || notReadyReason !== null);
    return {
      name,
      state,
      notReadyReason,
      since: known.mustReconnect ? null : (account?.updatedAt ?? null),
      connectedAs: state === 'active' ? connectedAs : null,
      connectUrl: linked ? links.urlFor(identifier, name) : null,
    };
  }

  return async (identifier, names) => {
    const known = await catalogue.read();
    const entries = entriesOf(known, names);
    const answer = await reader.readOrRecall(identifier);
    const error = answer.fresh ? null : answer.error;
    if (answer.reading === null) throw asFailure(error, null);
    const { reading } = answer;
    const { accounts, asOf } = reading;
    const own = await marks.of(identifier, accounts);
    const unproven = await unverified.of(identifier, reading);
    const as = await connectedAs.of(identifier, reading);
    const staleReason = error === null ? null : failureCodeOf(error);
    const question = JSON.stringify([
      names,
      [...own.mustReconnect],
      [...own.begun],
      [...unproven],
      staleReason,
    ]);
    const last = given.get(reading);
    if (last?.question === question && last.catalogue === known) return last.status;
    const connections = entries.map((entry) => {
      const { name } = entry.connection;
      return connectionOf(
        identifier,
        entry,
        accounts.get(name),
        knowledgeOf(own, name),
        unproven.has(name),
        as.get(name)?.name ?? null,
      );
    });
    const ready = connections.length > 0 && connections.every(isReady);
    const status = { ready, asOf, staleReason, connections };
    given.set(reading, { question, catalogue: known, status });
    return status;
  };
}
