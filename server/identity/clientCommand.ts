import { parseArgs } from 'node:util';
import { UsageError } from '../commandLine.js';
import { isoTime } from '../kernel/times.js';
import { en } from '../words/texts.js';
import { type ApiClient, isLive, type UrlKind, urlKinds } from './clients/apiClient.js';
import type { ApiClients, ClientWithKeys } from './clients/apiClients.js';
import {
  nothingTyped,
  readClientSettings,
  sentenceOf,
  type TypedSettings,
  typedOf,
} from './clients/clientSettings.js';

const words = en.admin.clients.command;
const by = { actor: 'command' };

const options = {
  name: { type: 'string' },
  scope: { type: 'string', multiple: true },
  'return-url': { type: 'string', multiple: true },
  'confirm-url': { type: 'string', multiple: true },
  'refresh-url': { type: 'string', multiple: true },
  'allow-none': { type: 'boolean' },
  'may-give-address': { type: 'boolean' },
  'overlap-hours': { type: 'string' },
} as const;

const readArguments = (args: readonly string[]) =>
  parseArgs({ args: [...args], options, allowPositionals: true, allowNegative: true });
type Values = ReturnType<typeof readArguments>['values'];

const urlOptions = {
  returnUrls: 'return-url',
  confirmUrls: 'confirm-url',
  refreshUrls: 'refresh-url',
} as const satisfies Record<UrlKind, keyof Values>;

/** What the arguments set, over what is set already. @throws UsageError naming every fault */
function settingsFrom(values: Values, before: TypedSettings, loopback: boolean) {
  const urls = urlKinds.map((kind) => [kind, values[urlOptions[kind]] ?? before[kind]] as const);
  const typed: TypedSettings = {
    ...before,
    ...(Object.fromEntries(urls) as Record<UrlKind, readonly string[]>),
    name: values.name ?? before.name,
    scopes: values.scope ?? before.scopes,
    allowNone: values['allow-none'] ?? before.allowNone,
    mayGiveAddress: values['may-give-address'] ?? before.mayGiveAddress,
  };
  const read = readClientSettings(typed, loopback);
  if ('settings' in read) return read.settings;
  throw new UsageError(read.faults.map(sentenceOf).join('\n'));
}

const takesId = (command = '') => ['show', 'change', 'rotate', 'revoke'].includes(command);

function overlapMsFrom(values: Values): number {
  const hours = values['overlap-hours'] ?? '24';
  if (!/^\d{1,3}$/.test(hours) || Number(hours) > 720) throw new UsageError(words.overlapHours);
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
    ...keys.map((key) => {
      const standing = isLive(key, now) ? (key.expiresAt === null ? 'works' : 'works until') : 'ended';
      const until = key.expiresAt === null ? '' : ` ${isoTime(key.expiresAt)}`;
      const used = key.lastUsedAt === null ? 'never' : isoTime(key.lastUsedAt);
      return line(`cak_${key.id}`, `  made ${isoTime(key.createdAt)}, used ${used}, ${standing}${until}`);
    }),
  ];
}

/**
 * Does what the command says.
 * @param loopback whether the app runs for this machine alone
 * @returns the lines to print
 * @throws UsageError
 */
export async function clientCommand(
  args: readonly string[],
  clients: ApiClients,
  loopback: boolean,
): Promise<string[]> {
  const { values, positionals } = readArguments(args);
  const [command, id = '', ...rest] = positionals;
  if (rest.length > 0 || takesId(command) !== (id !== '')) throw new UsageError(words.usage);
  const known = async () => {
    const found = await clients.find(id);
    if (found === null) throw new UsageError(words.noSuchClient(id));
    return found;
  };
  switch (command) {
    case 'list':
      return (await clients.list()).map(summaryOf);
    case 'show':
      return detailsOf(await known());
    case 'create': {
      const { client, key } = await clients.create(settingsFrom(values, nothingTyped, loopback), by);
      return [summaryOf(client), words.keyOnce, key];
    }
    case 'change': {
      const { client } = await known();
      const settings = settingsFrom(values, typedOf(client), loopback);
      if (!(await clients.update(id, settings, by))) throw new UsageError(words.noSuchClient(id));
      return detailsOf(await known());
    }
    case 'rotate': {
      const key = await clients.rotate(id, overlapMsFrom(values), by);
      if (key === null) throw new UsageError(words.noSuchClient(id));
      return [words.keyOnce, key];
    }
    case 'revoke':
      if (!(await clients.revoke(id, by))) throw new UsageError(words.noSuchClient(id));
      return [words.revoked];
    default:
      throw new UsageError(words.usage);
  }
}
