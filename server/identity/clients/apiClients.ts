import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { RequestInfo } from '../../http/requestInfo.js';
import { hashed } from '../../kernel/hashed.js';
import type { AuditTrail, AuditType } from '../../store/auditTrail.js';
import type { ChangeEvents } from '../../store/database/changeEvents.js';
import { DatabaseFault } from '../../store/database/databaseFault.js';
import type { Db } from '../../store/database/schema.js';
import { type ApiClient, type ApiClientKey, type ClientSettings, isLive } from './apiClient.js';
import {
  type ApiClientStore,
  createApiClientStore,
  type LogoContent,
  type NewKey,
} from './apiClientStore.js';
import { newApiKey, parseApiKey } from './apiKey.js';
import type { LogoFile } from './logoFile.js';
import { createRecentRows } from './recentRows.js';

/** Who changes a client, for the audit trail: a principal's key or `command`, and the request if there is one. */
export interface ChangedBy extends Partial<RequestInfo> {
  readonly actor: string;
}

/** A client with its keys, the newest first. */
export interface ClientWithKeys {
  readonly client: ApiClient;
  readonly keys: readonly ApiClientKey[];
}

export const longestOverlapMs = 30 * 24 * 3_600_000;

const touchEveryMs = 60_000;

export interface ApiClientsDeps {
  readonly db: Db;
  readonly events: ChangeEvents;
  readonly audit: AuditTrail;
}

/** A key has 256 random bits, so nobody can try them all: a fast hash without salt hides it well enough. */
const keptOf = ({ id, secret }: { id: string; secret: string }): NewKey => ({
  id,
  secretHash: hashed(secret),
});

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Checks keys against a copy that was read a moment ago. */
function createVerification(store: ApiClientStore, events: ChangeEvents) {
  const keys = createRecentRows(store.liveKeys, events);
  const touchedAt = new Map<string, number>();

  async function touch(keyId: string, now: number): Promise<void> {
    if ((touchedAt.get(keyId) ?? 0) > now - touchEveryMs) return;
    touchedAt.set(keyId, now);
    try {
      await store.touch(keyId, now, now - touchEveryMs);
    } catch (error) {
      // The request does not wait for this note.
      if (!(error instanceof DatabaseFault && error.kind === 'unwritable')) throw error;
    }
  }

  /** The client that a key belongs to, or null when the key is not good. */
  return async (text: string): Promise<ApiClient | null> => {
    const given = parseApiKey(text);
    const key = given === null ? null : await keys.find(given.id);
    if (given === null || key === null || !isSame(key.secretHash, hashed(given.secret))) return null;
    const now = Date.now();
    // The key may have expired since the copy was read.
    if (!isLive(key, now)) return null;
    await touch(key.id, now);
    return key.client;
  };
}

/** Of at most 64 kB each. */
const logosKept = 64;

/** Reads logos by their hashes. Their contents never change; whether there still is such a logo was read a moment ago. */
function createLogoReading(store: ApiClientStore, events: ChangeEvents) {
  const hashes = createRecentRows(store.logoHashes, events);
  const contents = new LRUCache<string, LogoContent>({ max: logosKept });

  return async (hash: string): Promise<LogoContent | null> => {
    if ((await hashes.find(hash)) === null) return null;
    const kept = contents.get(hash);
    if (kept !== undefined) return kept;
    const content = await store.logoContent(hash);
    if (content !== null) contents.set(hash, content);
    return content;
  };
}

/** The other apps that may ask, and the keys that they ask with. A change counts on every instance within a second. */
export function createApiClients({ db, events, audit }: ApiClientsDeps) {
  const store = createApiClientStore(db);

  type Change = Extract<AuditType, `client.${string}`>;

  async function changed(type: Change, id: string, name: string, by: ChangedBy): Promise<void> {
    await events.publish({ kind: 'clients' });
    await audit.record({ type, ...by, detail: `${id} ${name}` });
  }

  const nameOf = async (id: string) => (await store.find(id))?.name ?? '';

  return {
    /** Makes a client and its first key. The key is returned here and never again. */
    async create(settings: ClientSettings, by: ChangedBy): Promise<{ client: ApiClient; key: string }> {
      const key = newApiKey();
      const own = {
        id: randomUUID(),
        createdAt: Date.now(),
        createdBy: by.actor,
        revokedAt: null,
        logo: null,
      };
      const client = { ...settings, ...own };
      await store.insert(client, keptOf(key));
      await changed('client.created', client.id, client.name, by);
      return { client, key: key.text };
    },
    /** The newest first, the revoked ones too. */
    list: (): Promise<ApiClient[]> => store.list(),
    async find(id: string): Promise<ClientWithKeys | null> {
      const client = await store.find(id);
      return client === null ? null : { client, keys: await store.keysOf(id) };
    },
    /** @returns whether there is such a client that is not revoked */
    async update(id: string, settings: ClientSettings, by: ChangedBy): Promise<boolean> {
      const done = await store.update(id, settings);
      if (done) await changed('client.changed', id, settings.name, by);
      return done;
    },
    /**
     * Makes a new key, told this once. The one before goes on for `overlapMs`, at most `longestOverlapMs`; with 0 it
     * ends at once, and so does every older one in any case.
     * @returns the key, or null when there is no such client that is not revoked
     */
    async rotate(id: string, overlapMs: number, by: ChangedBy): Promise<string | null> {
      const key = newApiKey();
      const now = Date.now();
      const overlap = Math.min(Math.max(overlapMs, 0), longestOverlapMs);
      if (!(await store.rotate(id, keptOf(key), now, now + overlap))) return null;
      await changed('client.key_rotated', id, await nameOf(id), by);
      return key.text;
    },
    /** @returns whether there is such a client that is not revoked */
    async setLogo(id: string, logo: LogoFile, by: ChangedBy): Promise<boolean> {
      const hash = createHash('sha256').update(logo.body).digest('hex');
      const done = await store.setLogo(id, hash, logo, Date.now());
      if (done) await changed('client.logo_changed', id, await nameOf(id), by);
      return done;
    },
    /** @returns whether it had one */
    async removeLogo(id: string, by: ChangedBy): Promise<boolean> {
      const done = await store.removeLogo(id);
      if (done) await changed('client.logo_removed', id, await nameOf(id), by);
      return done;
    },
    /** The content of a logo, or null where no client has it any more. */
    logo: createLogoReading(store, events),
    /** Ends a client and all its keys for good, and takes its logo away. @returns whether it was not revoked before */
    async revoke(id: string, by: ChangedBy): Promise<boolean> {
      const done = await store.revoke(id, Date.now());
      if (done) await changed('client.revoked', id, await nameOf(id), by);
      return done;
    },
    /** The client that a key opens, or null. */
    verify: createVerification(store, events),
  };
}

export type ApiClients = ReturnType<typeof createApiClients>;
