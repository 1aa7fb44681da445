import { closeSync, constants, openSync, readSync } from 'node:fs';
import { faultText, urlFaultText } from '../admin/clients/webhookPages.js';
import { type ClientWebhooks, createClientWebhooks } from '../api/webhooks/clientWebhooks.js';
import { readEnvironment } from '../config/config.js';
import { sessionSecretsOf } from '../config/sessionSecret.js';
import { type ApiClient, isLive, type UrlKind, urlKinds } from '../identity/clients/apiClient.js';
import { type ApiClients, type ClientWithKeys, createApiClients } from '../identity/clients/apiClients.js';
import {
  nothingTyped,
  readClientSettings,
  sentenceOf,
  type TypedSettings,
  typedOf,
} from '../identity/clients/clientSettings.js';
import { type LogoFile, longestLogo, readLogoFile } from '../identity/clients/logoFile.js';
import { isoTime } from '../kernel/times.js';
import { createAuditTrail } from '../store/auditTrail.js';
import { english as t } from '../words/dictionary.js';
import { CommandLineError, command, type Given, group, UsageError } from './commandLine.js';
import { onDatabase, toTerminal } from './peers.js';

const usage = `Usage: npm run client -- COMMAND

  list                 all clients
  show ID              one client, with its keys
  create --name NAME   makes a client and prints its key, once
  change ID            changes what is given, and leaves the rest
  rotate ID            prints a new key; the one before goes on for --overlap-hours (24, at most 720; 0 ends it)
  logo ID FILE         sets the logo that users see: an SVG or PNG file of at most 64 kB
  logo ID --remove     removes it
  webhook ID URL       sets where it is told of changes; of a first address it prints the secret, once
  webhook ID --remove  has it told of nothing any more
  rotate-webhook ID    prints a new webhook secret; the one before goes on as with rotate
  test-webhook ID      sends a test event, and says what came of it
  revoke ID            ends the client and all its keys for good

For create and change; each of the first four may be given several times, and replaces what was there:
  --scope onboarding|status:read|users:write
  --return-url URL   --confirm-url URL   --refresh-url URL
  --allow-none, --no-allow-none                 onboardings that nobody checks
  --may-give-address, --no-may-give-address     it may say where a mail to a user goes
`;

const by = { actor: 'command' };

interface Peers {
  /** Whether the app runs for this machine alone. */
  readonly loopback: boolean;
  /** @param work gives the lines to print */
  onClients(
    work: (clients: ApiClients, webhooks: () => ClientWebhooks) => Promise<readonly string[]>,
  ): AsyncIterable<string>;
}

function peersOfEnvironment(): Peers {
  const config = readEnvironment();
  return {
    loopback: config.loopback,
    onClients: (work) =>
      onDatabase(config, async function* (database) {
        const { db } = database;
        const audit = createAuditTrail(db, toTerminal);
        const clients = createApiClients({ ...database, audit });
        const { loopback, webhookAllowCidrs: allowCidrs } = config;
        // Only what is about webhooks needs the secret that seals theirs.
        const webhooks = () =>
          createClientWebhooks({
            db,
            audit,
            secrets: sessionSecretsOf(config),
            settings: { loopback, allowCidrs },
          });
        for (const line of await work(clients, webhooks)) yield `${line}\n`;
      }),
  };
}

const idArgument = { id: { type: 'positional', required: true } } as const;

const settingsArguments = {
  name: { type: 'string' },
  scope: { type: 'string', repeatable: true },
  'return-url': { type: 'string', repeatable: true },
  'confirm-url': { type: 'string', repeatable: true },
  'refresh-url': { type: 'string', repeatable: true },
  'allow-none': { type: 'boolean', negativeDescription: 'no onboardings that nobody checks' },
  'may-give-address': { type: 'boolean', negativeDescription: 'it may not say where a mail goes' },
} as const;

type GivenSettings = Given<typeof settingsArguments>;

const urlOptions = {
  returnUrls: 'return-url',
  confirmUrls: 'confirm-url',
  refreshUrls: 'refresh-url',
} as const satisfies Record<UrlKind, keyof GivenSettings>;

/** What the arguments set, over what is set already. @throws CommandLineError naming every fault */
function settingsFrom(given: GivenSettings, before: TypedSettings, loopback: boolean) {
  const typed: TypedSettings = {
    name: given.name ?? before.name,
    scopes: given.scope ?? before.scopes,
    returnUrls: given['return-url'] ?? before.returnUrls,
    confirmUrls: given['confirm-url'] ?? before.confirmUrls,
    refreshUrls: given['refresh-url'] ?? before.refreshUrls,
    allowNone: given['allow-none'] ?? before.allowNone,
    mayGiveAddress: given['may-give-address'] ?? before.mayGiveAddress,
  };
  const read = readClientSettings(typed, loopback);
  if ('settings' in read) return read.settings;
  throw new CommandLineError(read.faults.map((fault) => sentenceOf(t, fault)).join('\n'));
}

/** Stands in for a client that is not read yet, so that what is wrong with the arguments is found before it is. */
const anyClient: TypedSettings = { ...nothingTyped, name: 'any', scopes: ['status:read'] };

function overlapMsFrom(hours: string): number {
  if (!/^\d{1,3}$/.test(hours) || Number(hours) > 720)
    throw new CommandLineError(t('adminClients.command.overlapHours'));
  return Number(hours) * 3_600_000;
}

const line = (name: string, value: string) => `${name.padEnd(18)}${value}`;

const summaryOf = ({ id, name, scopes, revokedAt }: ApiClient) =>
  [id, revokedAt === null ? 'works  ' : 'revoked', scopes.join(','), name].join('  ');

function detailsOf({ client, keys }: ClientWithKeys): string[] {
  const now = Date.now();
  return [
    summaryOf(client),
    line('made', `${isoTime(client.createdAt)} by ${client.createdBy}`),
    ...urlKinds.flatMap((kind) => client[kind].map((url) => line(urlOptions[kind], url))),
    line('allow-none', client.moreUserChecks.includes('none') ? 'yes' : 'no'),
    line('may-give-address', client.mayGiveAddress ? 'yes' : 'no'),
    ...(client.logo === null ? [] : [line('logo', client.logo.hash)]),
    ...keys.map((key) => {
      const standing = isLive(key, now) ? (key.expiresAt === null ? 'works' : 'works until') : 'ended';
      const until = key.expiresAt === null ? '' : ` ${isoTime(key.expiresAt)}`;
      const used = key.lastUsedAt === null ? 'never' : isoTime(key.lastUsedAt);
      return line(`cak_${key.id}`, `  made ${isoTime(key.createdAt)}, used ${used}, ${standing}${until}`);
    }),
  ];
}

const noSuchClient = (id: string) => new UsageError(t('adminClients.command.noSuchClient', { id }));

/** @throws UsageError when there is none */
async function find(clients: ApiClients, id: string): Promise<ClientWithKeys> {
  const found = await clients.find(id);
  if (found === null) throw noSuchClient(id);
  return found;
}

/** @throws UsageError when there is none, or it was revoked */
async function findLive(clients: ApiClients, id: string): Promise<ApiClient> {
  const { client } = await find(clients, id);
  if (client.revokedAt !== null) throw noSuchClient(id);
  return client;
}

const noWebhook = (id: string) => new UsageError(t('adminClients.command.noWebhook', { id }));

/** @throws CommandLineError when it is no file that can be a logo */
function readLogo(file: string): LogoFile {
  const read = readLogoFile(contentOf(file));
  if ('logo' in read) return read.logo;
  throw new CommandLineError(t(`adminClients.logo.faults.${read.fault}`));
}

/** What is in a file, of which no more is read than shows that it is too large. @throws CommandLineError */
function contentOf(file: string): Buffer {
  try {
    const opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const content = Buffer.alloc(longestLogo + 1);
      return content.subarray(0, readSync(opened, content));
    } finally {
      closeSync(opened);
    }
  } catch {
    throw new CommandLineError(t('adminClients.command.noFile', { file }));
  }
}

/** Makes, shows, changes and ends API clients. */
export const clientCommand = (open: () => Peers = peersOfEnvironment) =>
  group(usage, {
    list: command({
      args: {},
      run: () => open().onClients(async (clients) => (await clients.list()).map(summaryOf)),
    }),
    show: command({
      args: idArgument,
      run: ({ id }) =>
        open().onClients(async (clients, webhooks) => {
          const details = detailsOf(await find(clients, id));
          const webhook = await webhooks().find(id);
          if (webhook === null) return details;
          const off = webhook.offAt === null ? '' : ` (switched off ${isoTime(webhook.offAt)})`;
          return [...details, line('webhook', `${webhook.url}${off}`)];
        }),
    }),
    create: command({
      args: settingsArguments,
      run: (given) => {
        const { loopback, onClients } = open();
        const settings = settingsFrom(given, nothingTyped, loopback);
        return onClients(async (clients) => {
          const { client, key } = await clients.create(settings, by);
          return [summaryOf(client), t('adminClients.command.keyOnce'), key];
        });
      },
    }),
    change: command({
      args: { ...idArgument, ...settingsArguments },
      run: ({ id, ...given }) => {
        const { loopback, onClients } = open();
        settingsFrom(given, anyClient, loopback);
        return onClients(async (clients) => {
          const { client } = await find(clients, id);
          const settings = settingsFrom(given, typedOf(client), loopback);
          if (!(await clients.update(id, settings, by))) throw noSuchClient(id);
          return detailsOf(await find(clients, id));
        });
      },
    }),
    rotate: command({
      args: { ...idArgument, 'overlap-hours': { type: 'string', default: '24' } },
      run: ({ id, 'overlap-hours': hours }) => {
        const overlapMs = overlapMsFrom(hours);
        return open().onClients(async (clients) => {
          const key = await clients.rotate(id, overlapMs, by);
          if (key === null) throw noSuchClient(id);
          return [t('adminClients.command.keyOnce'), key];
        });
      },
    }),
    logo: command({
      args: {
        ...idArgument,
        file: { type: 'positional', required: false },
        remove: { type: 'boolean' },
      },
      run: ({ id, file, remove }) => {
        if ((file === undefined) !== (remove === true)) {
          throw new CommandLineError(t('adminClients.command.logo'));
        }
        const logo = file === undefined ? null : readLogo(file);
        return open().onClients(async (clients) => {
          await find(clients, id);
          if (logo === null) {
            if (!(await clients.removeLogo(id, by)))
              throw new UsageError(t('adminClients.command.noLogo', { id }));
            return [t('adminClients.command.logoRemoved')];
          }
          if (!(await clients.setLogo(id, logo, by))) throw noSuchClient(id);
          return [t('adminClients.command.logoSaved')];
        });
      },
    }),
    webhook: command({
      args: {
        ...idArgument,
        url: { type: 'positional', required: false },
        remove: { type: 'boolean' },
      },
      run: ({ id, url, remove }) => {
        if ((url === undefined) !== (remove === true)) {
          throw new CommandLineError(t('adminClients.command.webhook'));
        }
        return open().onClients(async (clients, open) => {
          const client = await findLive(clients, id);
          const webhooks = open();
          if (url === undefined) {
            if (!(await webhooks.remove(client, by))) throw noWebhook(id);
            return [t('adminClients.command.webhookRemoved')];
          }
          const read = webhooks.readUrl(url);
          if ('fault' in read) throw new CommandLineError(urlFaultText(t, read.fault));
          const secret = await webhooks.set(client, read.url, by);
          const set = t('adminClients.command.webhookSet', { url: read.url });
          return secret === null ? [set] : [set, t('adminClients.command.secretOnce'), secret];
        });
      },
    }),
    'rotate-webhook': command({
      args: { ...idArgument, 'overlap-hours': { type: 'string', default: '24' } },
      run: ({ id, 'overlap-hours': hours }) => {
        const overlapMs = overlapMsFrom(hours);
        return open().onClients(async (clients, open) => {
          const secret = await open().rotate(await findLive(clients, id), overlapMs, by);
          if (secret === null) throw noWebhook(id);
          return [t('adminClients.command.secretOnce'), secret];
        });
      },
    }),
    'test-webhook': command({
      args: idArgument,
      run: ({ id }) =>
        open().onClients(async (clients, open) => {
          const posted = await open().sendTest(await findLive(clients, id));
          if (posted === null) throw noWebhook(id);
          const { status } = posted;
          if (posted.taken) return [t('adminClients.webhook.tested', { status: posted.status })];
          const reason = faultText(t, [posted.fault, ...(status === null ? [] : [status])].join(' '));
          throw new CommandLineError(t('adminClients.webhook.notTested', { reason }));
        }),
    }),
    revoke: command({
      args: idArgument,
      run: ({ id }) =>
        open().onClients(async (clients) => {
          if (!(await clients.revoke(id, by))) throw noSuchClient(id);
          return [t('adminClients.command.revoked')];
        }),
    }),
  });
