import { LRUCache } from 'lru-cache';
import { inOneLine } from '../../kernel/plainText.js';
import { outsideRequest } from '../../kernel/requestBudget.js';
import type { AccountKey, ScalekitGateway, Tool } from '../../scalekit/gateway.js';
import { ScalekitError } from '../../scalekit/scalekitError.js';

/** What an assistant can do with a connection, in words for its user. */
export interface Abilities {
  /** What it only reads. */
  readonly reads: readonly string[];
  /** Whatever does not say that it only reads. */
  readonly changes: readonly string[];
}

export interface ToolCatalogueOptions {
  /** How long a page waits for the tools, in milliseconds. */
  readonly waitMs?: number;
}

const providersKept = 500;
const accountsKept = 2_000;
const providerMs = 60 * 60_000;
const accountMs = 5 * 60_000;
/** How long it is remembered that the tools could not be told. */
const absentMs = 60_000;
const nameMaxLength = 80;

/** `gmail_fetch_mails` → `Fetch mails`, for tools without a title. */
function readable(name: string, provider: string): string {
  const own = name.toLowerCase().startsWith(`${provider.toLowerCase()}_`)
    ? name.slice(provider.length + 1)
    : name;
  const words = own
    .replace(/[_\s-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function nameOf({ name, title }: Tool, provider: string): string {
  const shown = inOneLine(title ?? '') || inOneLine(readable(name, provider));
  return [...shown].slice(0, nameMaxLength).join('');
}

function abilitiesOf(tools: readonly Tool[], provider: string): Abilities | null {
  const named = (wanted: readonly Tool[]) =>
    [...new Set(wanted.map((tool) => nameOf(tool, provider)))].filter((name) => name !== '');
  const reads = named(tools.filter(({ readsOnly }) => readsOnly));
  const changes = named(tools.filter(({ readsOnly }) => !readsOnly));
  return reads.length + changes.length === 0 ? null : { reads, changes };
}

/**
 * Knows the tools that Scalekit offers. They are kept for an hour, those of an account for five minutes, and a page
 * never waits long for them: what can't be told in time is left out, and there when the page is opened again.
 */
export function createToolCatalogue(
  gateway: Pick<ScalekitGateway, 'listTools' | 'listScopedTools'>,
  { waitMs = 1_200 }: ToolCatalogueOptions = {},
) {
  const ofProviders = new LRUCache<string, Promise<Abilities | null>>({ max: providersKept });
  const ofAccounts = new LRUCache<string, Promise<Abilities | null>>({ max: accountsKept });

  function kept(
    cache: typeof ofProviders,
    key: string,
    ttl: number,
    provider: string,
    list: () => Promise<readonly Tool[]>,
  ): Promise<Abilities | null> {
    const known = cache.get(key);
    if (known !== undefined) return known;
    // Whoever asks first does not decide how long it may take for others.
    const reading = outsideRequest(list)
      .then((tools) => abilitiesOf(tools, provider))
      .catch((error: unknown) => {
        if (!(error instanceof ScalekitError)) throw error;
        cache.set(key, Promise.resolve(null), { ttl: absentMs });
        return null;
      });
    cache.set(key, reading, { ttl });
    return reading;
  }

  async function inTime(reading: Promise<Abilities | null>): Promise<Abilities | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, waitMs, null);
    });
    return Promise.race([reading, late]).finally(() => clearTimeout(timer));
  }

  return {
    /** What can be done with a provider, or null where that is not known now. */
    ofProvider: (provider: string): Promise<Abilities | null> =>
      inTime(kept(ofProviders, provider, providerMs, provider, () => gateway.listTools(provider))),

    /** What can be done with a user's own active account, or null where that is not known now. */
    ofAccount: (key: AccountKey, provider: string): Promise<Abilities | null> =>
      inTime(
        kept(ofAccounts, JSON.stringify([key.identifier, key.connectionName]), accountMs, provider, () =>
          gateway.listScopedTools(key),
        ),
      ),
  };
}

export type ToolCatalogue = ReturnType<typeof createToolCatalogue>;
