import { type ApiClient, type ApiClientKey, isLive } from '../../identity/clients/apiClient.js';
import type { ClientWithKeys } from '../../identity/clients/apiClients.js';
import { timeText } from '../../kernel/times.js';
import { adminPaths } from '../../paths.js';
import { en } from '../../words/texts.js';

const words = en.admin.clients;

const makerOf = ({ createdBy }: ApiClient): string =>
  createdBy === 'command' ? words.byCommand : createdBy.replace(/^user:/, '');

const standingOf = ({ revokedAt }: ApiClient): string =>
  revokedAt === null ? words.works : words.revoked(timeText(revokedAt));

/** A line of the list of clients. */
export const clientLine = (client: ApiClient) => ({
  name: client.name,
  url: adminPaths.client(client.id),
  scopes: client.scopes.join(', '),
  standing: standingOf(client),
  live: client.revokedAt === null,
});

function keyLine(key: ApiClientKey, now: number) {
  const { createdAt, expiresAt, revokedAt, lastUsedAt } = key;
  const end = revokedAt ?? expiresAt;
  const live = isLive(key, now);
  const ending = end === null ? words.works : live ? words.ends(timeText(end)) : words.ended(timeText(end));
  return {
    id: `cak_${key.id}_…`,
    made: timeText(createdAt),
    used: lastUsedAt === null ? words.neverUsed : timeText(lastUsedAt),
    standing: ending,
    live,
  };
}

/** What the page of one client says of it. */
export const clientFacts = ({ client, keys }: ClientWithKeys, now = Date.now()) => ({
  id: client.id,
  name: client.name,
  live: client.revokedAt === null,
  standing: standingOf(client),
  made: words.madeBy(timeText(client.createdAt), makerOf(client)),
  keys: keys.map((key) => keyLine(key, now)),
  rotateUrl: adminPaths.rotateClientKey(client.id),
  revokeUrl: adminPaths.revokeClient(client.id),
});
