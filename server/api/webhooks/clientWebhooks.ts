import { randomUUID } from 'node:crypto';
import type { Logger } from '../../http/logging.js';
import type { ApiClient } from '../../identity/clients/apiClient.js';
import type { ChangedBy } from '../../identity/clients/apiClients.js';
import { readRegisteredUrl, type UrlFault } from '../../identity/clients/registeredUrls.js';
import { isLoopbackHost } from '../../kernel/loopback.js';
import { isoTime } from '../../kernel/times.js';
import type { AuditTrail, AuditType } from '../../store/auditTrail.js';
import type { Db } from '../../store/database/schema.js';
import type { Locks } from '../../store/locks.js';
import { type ClientWebhook, createClientWebhookStore } from './clientWebhookStore.js';
import { createDeliverySender, type DeliverySenderOptions } from './deliverySender.js';
import { tellsForbidden } from './reachableAddress.js';
import {
  createWebhookPost,
  type Posted,
  type WebhookPostOptions,
  type WebhookPostSettings,
} from './webhookPost.js';
import { createWebhookSecrets, newWebhookSecret } from './webhookSecrets.js';

/** Why an address can't be one that webhooks go to. */
export type WebhookUrlFault = UrlFault | 'forbidden_address';

/** Within a transaction, has those told who have to know that an address was switched off. */
export type TellSwitchedOff = (
  within: Db,
  client: Pick<ApiClient, 'id' | 'name' | 'createdBy'>,
) => Promise<void>;

export interface ClientWebhooksDeps {
  readonly db: Db;
  readonly audit: AuditTrail;
  /** The session secrets, which seal those of webhooks. */
  readonly secrets: readonly string[];
  readonly settings: WebhookPostSettings;
}

/** Less than a request may take, since somebody waits. In milliseconds. */
const testWithinMs = 6_000;

const keptMs = 90 * 24 * 3_600_000;

type Change = Extract<AuditType, `client.webhook_${string}`>;

/** Where other apps are told of changes: their addresses, and the secrets that sign. */
export function createClientWebhooks(
  { db, audit, secrets: sessionSecrets, settings }: ClientWebhooksDeps,
  options: WebhookPostOptions = {},
) {
  const store = createClientWebhookStore(db);
  const secrets = createWebhookSecrets(sessionSecrets);
  const post = createWebhookPost(settings, options);
  const postTest = createWebhookPost(settings, { withinMs: testWithinMs, ...options });

  const changed = (type: Change, { id, name }: Pick<ApiClient, 'id' | 'name'>, by: ChangedBy) =>
    audit.record({ type, ...by, detail: `${id} ${name}` });

  /**
   * Reads an address as it was typed: registered as the others of a client are, and none of a network that webhooks may
   * not go to, as far as the address itself tells.
   */
  function readUrl(typed: string): { readonly url: string } | { readonly fault: WebhookUrlFault } {
    const read = readRegisteredUrl(typed, settings.loopback);
    if ('fault' in read) return read;
    const url = new URL(read.url);
    const rules = { ...settings, loopback: settings.loopback && isLoopbackHost(url.hostname) };
    return tellsForbidden(url, rules) ? { fault: 'forbidden_address' } : read;
  }

  return {
    store,
    secrets,
    post,
    readUrl,
    find: (clientId: string): Promise<ClientWebhook | null> => store.find(clientId),
    /** What a client was told or is to be, the newest first. */
    list: store.list,
    /** The clients whose addresses are switched off. */
    switchedOff: store.switchedOff,
    /** How much of it waits, and how much was given up. */
    counts: store.counts,

    /**
     * Sets the address of a client that is not revoked, and switches it on.
     * @param url as `readUrl` gave it
     * @returns the secret, told this once, or null when the client had an address and keeps its secret
     */
    async set(client: ApiClient, url: string, by: ChangedBy): Promise<string | null> {
      const secret = newWebhookSecret();
      const isNew = await store.set(client.id, url, secrets.seal(secret), Date.now());
      await changed('client.webhook_set', client, by);
      return isNew ? secret : null;
    },

    /**
     * Makes a new secret, told this once. The one before goes on signing for `overlapMs`; with 0 it ends at once.
     * @returns null when the client has no address
     */
    async rotate(client: ApiClient, overlapMs: number, by: ChangedBy): Promise<string | null> {
      const secret = newWebhookSecret();
      const until = overlapMs > 0 ? Date.now() + overlapMs : null;
      if (!(await store.rotate(client.id, secrets.seal(secret), until))) return null;
      await changed('client.webhook_rotated', client, by);
      return secret;
    },

    /** Takes the address away, and what waits for it. @returns whether there was one */
    async remove(client: ApiClient, by: ChangedBy): Promise<boolean> {
      const done = await store.remove(client.id);
      if (done) await changed('client.webhook_removed', client, by);
      return done;
    },

    /** Switches on what was switched off. @returns whether it was off */
    async turnOn(client: ApiClient, by: ChangedBy): Promise<boolean> {
      const done = await store.turnOn(client.id, Date.now());
      if (done) await changed('client.webhook_on', client, by);
      return done;
    },

    /**
     * Sends a test event now, whether or not the address is switched off. It is about nobody.
     * @returns what came of it, or null when the client has no address
     */
    async sendTest({ id: clientId }: Pick<ApiClient, 'id'>): Promise<Posted | null> {
      const webhook = await store.find(clientId);
      if (webhook === null) return null;
      const now = Date.now();
      const id = `evt_${randomUUID().replaceAll('-', '')}`;
      const body = JSON.stringify({ type: 'webhook.test', timestamp: isoTime(now), sequence: now, data: {} });
      const headers = secrets.headersOf(webhook, { id, body }, now);
      if (headers === null) return { taken: false, fault: 'secret_lost', status: null };
      return postTest({ url: webhook.url, headers, body });
    },

    /** Has something sent once more. @returns whether there is such a one that can be */
    async sendAgain(client: ApiClient, id: string, by: ChangedBy): Promise<boolean> {
      const done = await store.sendAgain(client.id, id, Date.now());
      if (done) await changed('client.webhook_sent_again', client, by);
      return done;
    },

    /** Deletes what ended long ago. Called now and then. */
    tidy: () => store.tidy(Date.now(), Date.now() - keptMs),
  };
}

export type ClientWebhooks = ReturnType<typeof createClientWebhooks>;

export interface DeliveriesDeps {
  readonly webhooks: ClientWebhooks;
  readonly clients: { find(id: string): Promise<{ readonly client: ApiClient } | null> };
  readonly audit: AuditTrail;
  readonly locks: Pick<Locks, 'lease'>;
  readonly logger: Logger;
  readonly tellSwitchedOff: TellSwitchedOff;
}

/** The job that sends what other apps are to be told. */
export function createDeliveries(
  { webhooks, clients, audit, locks, logger, tellSwitchedOff }: DeliveriesDeps,
  options: DeliverySenderOptions = {},
) {
  const { store, secrets, post } = webhooks;
  return createDeliverySender(
    {
      lease: locks.lease('client-webhooks'),
      store,
      secrets,
      post,
      logger,
      async turnOff(clientId, failingSince) {
        const found = await clients.find(clientId);
        if (found === null) return;
        const { client } = found;
        await audit.recording(async ({ within, record }) => {
          if (!(await store.within(within).turnOff(clientId, failingSince, Date.now()))) return;
          await tellSwitchedOff(within, client);
          record({ type: 'client.webhook_off', actor: null, detail: `${client.id} ${client.name}` });
        });
        logger.warn({ client: clientId }, 'a webhook address took nothing for days and was switched off');
      },
    },
    options,
  );
}
