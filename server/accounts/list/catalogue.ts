import { inOneLine, plainName, unlistedTitle } from '../../kernel/plainText.js';
import { outsideRequest, withinBudget } from '../../kernel/requestBudget.js';
import type { AuthorizationKind, Connection, ScalekitGateway } from '../../scalekit/gateway.js';
import { outOfTime } from '../../scalekit/scalekitError.js';
import type { LastKnownStore } from '../../store/lastKnownStore.js';
import { defaultLanguage, say, type Words } from '../../words/words.js';
import type { ProviderQuestion } from '../connectedAs/providerQuestions.js';
import { asFailure, failure } from '../flow/failures.js';
import type { DisplaySettings, DisplaySettingsByName, OwnText } from './displaySettings.js';
import { keyPageOf } from './keyPages.js';
import { knownProvider, providerKeyOf, rankOf, readable } from './providers.js';

/** A connection as users see it. */
export interface CatalogueEntry {
  readonly connection: Connection;
  readonly title: string;
  /** What it is for, or null. */
  readonly description: Words | null;
  /** The operator's group of it, or null. */
  readonly category: Words | null;
  /** The operator's own logo, or null for the provider's. */
  readonly logoFile: string | null;
  /** Where users find or make the key that it takes, or null. */
  readonly keyUrl: string | null;
  /** Enabled, not hidden, and of a kind that users connect themselves. */
  readonly offered: boolean;
  /** Enabled, not hidden, and in need of no authorization: it works for everybody. */
  readonly needsNothing: boolean;
  /** The operator trusts whatever activates its accounts, such as an import by their backend. */
  readonly trustedActivation: boolean;
  /** How its provider is asked whose account it is: false for not at all, null for as the app knows. */
  readonly identity: ProviderQuestion | false | null;
}

const connectedByUsers: ReadonlySet<AuthorizationKind> = new Set(['oauth', 'static']);

/** The connections of the environment, in the order in which they are shown. */
export class Catalogue {
  private readonly byName: ReadonlyMap<string, CatalogueEntry>;
  /** Every one, also those that are not offered. */
  readonly all: readonly CatalogueEntry[];
  readonly offered: readonly CatalogueEntry[];
  /** Those that users see: what they may connect, and what works without. */
  readonly shown: readonly CatalogueEntry[];

  constructor(entries: readonly CatalogueEntry[]) {
    this.byName = new Map(entries.map((entry) => [entry.connection.name, entry]));
    this.all = entries;
    this.offered = entries.filter((entry) => entry.offered);
    this.shown = entries.filter((entry) => entry.offered || entry.needsNothing);
  }

  find(connectionName: string): CatalogueEntry | undefined {
    return this.byName.get(connectionName);
  }

  /** What a connection is called, which may be gone. */
  titleOf(connectionName: string): string {
    return this.find(connectionName)?.title ?? unlistedTitle(connectionName);
  }

  findById(connectionId: string): CatalogueEntry | undefined {
    return [...this.byName.values()].find(({ connection }) => connection.id === connectionId);
  }
}

/** What a connection's provider is called, or else the connection. */
function providerTitleOf({ name, provider }: Connection): string {
  return knownProvider(provider)?.name ?? plainName(readable(provider)) ?? readable(unlistedTitle(name));
}

/** Whether a connection has its provider's own name, so that it needs nothing to tell it from the provider's others. */
const isNamedPlainly = ({ name, provider }: Connection): boolean =>
  name.toLowerCase().replace(/[\W_]/g, '') === providerKeyOf(provider);

function identityOf(shown: DisplaySettings | undefined): CatalogueEntry['identity'] {
  const { identity } = shown ?? {};
  if (identity === undefined) return null;
  return identity && { method: 'GET', path: identity.path, name: [identity.name], id: [identity.id] };
}

/** What the operator says, in the language of its reader. */
function ownText(words: OwnText | undefined): Words | null {
  if (words === undefined) return null;
  if (typeof words === 'string') return () => inOneLine(words);
  return ({ language }) => inOneLine(words[language] ?? words[defaultLanguage] ?? '');
}

/** How many accounts work at each connection, by its name. */
export type Usage = ReadonlyMap<string, number>;

/**
 * The connections of Scalekit as they are shown and offered here. Names that are not ours are cleaned. The operator's
 * order comes first; then what users connect most, what is best known, and titles.
 */
export function catalogueOf(
  connections: readonly Connection[],
  settings: DisplaySettingsByName,
  usage: Usage = new Map(),
): Catalogue {
  const namesakes = new Map<string, number>();
  for (const title of connections.map(providerTitleOf)) namesakes.set(title, (namesakes.get(title) ?? 0) + 1);
  const order = new Map([...settings.keys()].map((name, index) => [name, index]));
  const entries = connections.map((connection): CatalogueEntry => {
    const shown = settings.get(connection.name);
    const isShown = connection.enabled && shown?.hidden !== true;
    const described = knownProvider(connection.provider)?.described ?? null;
    const title = providerTitleOf(connection);
    const isAlone = namesakes.get(title) === 1 || isNamedPlainly(connection);
    const toldApart = isAlone ? title : `${title} (${unlistedTitle(connection.name)})`;
    return {
      connection,
      title: plainName(shown?.title) ?? toldApart,
      description: ownText(shown?.description) ?? (described === null ? null : say(`providers.${described}`)),
      category: ownText(shown?.category),
      logoFile: shown?.logo ?? null,
      keyUrl: shown?.key_url ?? keyPageOf(connection.provider),
      offered: isShown && connectedByUsers.has(connection.kind),
      identity: identityOf(shown),
      trustedActivation: shown?.trusted_activation === true,
      needsNothing: isShown && connection.kind === 'none',
    };
  });
  const placeOf = (entry: CatalogueEntry) => order.get(entry.connection.name) ?? order.size;
  const usageOf = (entry: CatalogueEntry) => usage.get(entry.connection.name) ?? 0;
  return new Catalogue(
    entries.sort(
      (a, b) =>
        placeOf(a) - placeOf(b) ||
        usageOf(b) - usageOf(a) ||
        rankOf(a.connection.provider) - rankOf(b.connection.provider) ||
        a.title.localeCompare(b.title, defaultLanguage),
    ),
  );
}

const subject = 'connections';
const freshMs = 60_000;

/** Reads the catalogue in one paged call that all users share. */
export function createCatalogueReader(
  gateway: ScalekitGateway,
  lastKnown: LastKnownStore,
  settings: DisplaySettingsByName,
  readUsage: () => Promise<Usage>,
) {
  let kept: { catalogue: Catalogue; asOf: number } | null = null;
  let reading: Promise<Catalogue> | null = null;

  async function readNow(): Promise<Catalogue> {
    const asOf = Date.now();
    const [connections, usage] = await Promise.all([gateway.listConnections(), readUsage()]);
    kept = { catalogue: catalogueOf(connections, settings, usage), asOf };
    await lastKnown.write(subject, connections, asOf);
    return kept.catalogue;
  }

  function readShared(): Promise<Catalogue> {
    // Others may wait for it longer than the request that asked first.
    reading ??= outsideRequest(readNow).finally(() => {
      reading = null;
    });
    return reading;
  }

  async function readOrRecall(): Promise<Catalogue> {
    try {
      return await withinBudget(readShared(), () => outOfTime('listConnections'));
    } catch (error) {
      const recalled = await lastKnown.read<Connection[]>(subject);
      if (recalled === null) throw asFailure(error, null);
      return catalogueOf(recalled.value, settings);
    }
  }

  async function read(): Promise<Catalogue> {
    if (kept === null) return readOrRecall();
    if (Date.now() - kept.asOf > freshMs) readShared().catch(() => undefined);
    return kept.catalogue;
  }

  async function entry(connectionName: string): Promise<CatalogueEntry> {
    const found = (await read()).find(connectionName);
    if (found === undefined) throw failure('connection_unknown', null);
    return found;
  }

  return {
    /**
     * The catalogue, at most a minute old; older only while Scalekit cannot be reached, or while a newer one is
     * being read (a stale one answers at once).
     * @throws DomainError when there has never been an answer and there is none now
     */
    read,
    /** One entry. @throws DomainError `connection_unknown`, or as `read` */
    entry,
    /** One entry that users see. @throws DomainError `connection_not_offered`, or as `entry` */
    async shown(connectionName: string): Promise<CatalogueEntry> {
      const found = await entry(connectionName);
      if (found.offered || found.needsNothing) return found;
      throw failure('connection_not_offered', { connectionName, title: found.title });
    },
    /** One entry that users may connect. @throws DomainError `connection_not_offered`, or as `entry` */
    async offered(connectionName: string): Promise<CatalogueEntry> {
      const found = await entry(connectionName);
      if (!found.offered) throw failure('connection_not_offered', { connectionName, title: found.title });
      return found;
    },
  };
}

export type CatalogueReader = ReturnType<typeof createCatalogueReader>;
