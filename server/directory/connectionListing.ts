import { identifierFault } from '../kernel/identifier.js';
import type { AccountsPage, ConnectedAccount, ScalekitGateway } from '../scalekit/gateway.js';
import { pagesAhead } from '../scalekit/pagesAhead.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import type { DirectoryStore } from './directoryStore.js';
import type { SyncPace } from './directorySyncPace.js';
import type { SyncedConnection } from './directorySyncStore.js';

export interface ConnectionListingDeps {
  readonly gateway: Pick<ScalekitGateway, 'listAccountsOfConnection'>;
  readonly store: Pick<DirectoryStore, 'observePage' | 'seenSince'>;
  readonly pace: SyncPace;
  readonly signal: AbortSignal;
  /** How often it is written down how far it is, in milliseconds: what is read twice after a crash does no harm. */
  readonly noteEveryMs: number;
  /** Writes that down. */
  note(progress: Partial<Omit<SyncedConnection, 'name'>>): Promise<void>;
}

const mostPasses = 3;
/** For one connection: this many pages may wait for the database while more are read. */
const pagesInWriting = 3;

interface ReadPage {
  readonly page: AccountsPage;
  /** When the read began, in epoch milliseconds. */
  readonly readAt: number;
}

/** The pages that are being written, in their order. Now and then it notes up to which page everything is written. */
function createWriting(noteEveryMs: number, note: ConnectionListingDeps['note']) {
  const pages: { readonly written: Promise<void>; readonly progress: Partial<SyncedConnection> }[] = [];
  let notedAt = Date.now();
  return {
    add(written: Promise<void>, progress: Partial<SyncedConnection>): void {
      // Awaited below, unless something else fails first.
      written.catch(() => undefined);
      pages.push({ written, progress });
    },
    /** Waits until no more than so many are being written. */
    async leave(count: number): Promise<void> {
      for (const { written, progress } of pages.splice(0, Math.max(0, pages.length - count))) {
        await written;
        if (Date.now() - notedAt < noteEveryMs) continue;
        notedAt = Date.now();
        await note(progress);
      }
    },
  };
}

/** Leaves out accounts whose identifier no user of this app can have. */
const isKnowable = ({ identifier }: ConnectedAccount): boolean => identifierFault(identifier) === null;

/**
 * Reads every page of a connection, the next one while one is written. Page tokens are offsets: when an account went
 * meanwhile, another one has slipped to a page that was read already, so everything is read once more.
 */
export async function listConnection(
  { gateway, store, pace, signal, noteEveryMs, note }: ConnectionListingDeps,
  { name, ...begun }: SyncedConnection,
): Promise<void> {
  let startedAt = begun.startedAt ?? Date.now();
  await note({ startedAt });

  function read(token: string | null): Promise<ReadPage> {
    return pace.run(async () => {
      const readAt = Date.now();
      return { readAt, page: await gateway.listAccountsOfConnection(name, token) };
    });
  }

  /** The pages from a token on. */
  function pages(from: string | null): AsyncGenerator<ReadPage, void> {
    const tokens = new Set<string>();
    return pagesAhead(from, read, ({ page: { nextPageToken: next } }) => {
      if (next !== null && tokens.has(next)) throw endless(name);
      if (next !== null) tokens.add(next);
      return next;
    });
  }

  /** @returns whether an account may have been skipped */
  async function pass(from: string | null, alreadyRead: number): Promise<boolean> {
    let [accounts, unknowable, total, most] = [alreadyRead, 0, 0, 0];
    const writing = createWriting(noteEveryMs, note);
    try {
      for await (const { page, readAt } of pages(from)) {
        await writing.leave(pagesInWriting - 1);
        signal.throwIfAborted();
        const known = page.accounts.filter(isKnowable);
        accounts += page.accounts.length;
        unknowable += page.accounts.length - known.length;
        total = page.total;
        most = Math.max(most, total);
        const progress = { accounts, total, pageToken: page.nextPageToken };
        writing.add(store.observePage(name, known, readAt), progress);
      }
    } finally {
      await writing.leave(0);
    }
    await note({ accounts, total });
    return total < most || (await store.seenSince(name, startedAt)) + unknowable < total;
  }

  let again = await pass(begun.pageToken, begun.accounts);
  for (let passes = 1; again && passes < mostPasses; passes += 1) {
    // Accounts that were deleted meanwhile are not seen again.
    startedAt = Date.now();
    await note({ startedAt, accounts: 0, pageToken: null });
    again = await pass(null, 0);
  }
  await note({ listedAt: Date.now() });
}

const endless = (name: string) =>
  new ScalekitError('unexpected', 'listAccountsOfConnection', { detail: `the pages of ${name} have no end` });
