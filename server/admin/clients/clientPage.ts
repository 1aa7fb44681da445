import { type ApiClient, type ApiClientKey, isLive } from '../../identity/clients/apiClient.js';
import type { ClientWithKeys } from '../../identity/clients/apiClients.js';
import { adminPaths } from '../../paths.js';
import { timeText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';

const makerOf = (t: Translate, { createdBy }: ApiClient): string =>
  createdBy === 'command' ? t('adminClients.byCommand') : createdBy.replace(/^user:/, '');

const standingOf = (t: Translate, { revokedAt }: ApiClient): string =>
  revokedAt === null ? t('adminClients.works') : t('adminClients.revoked', { time: timeText(t, revokedAt) });

/** A line of the list of clients. */
export const clientLine = (t: Translate, client: ApiClient) => ({
  name: client.name,
  url: adminPaths.client(client.id),
  scopes: client.scopes.join(', '),
  standing: standingOf(t, client),
  live: client.revokedAt === null,
});

function keyLine(t: Translate, key: ApiClientKey, now: number) {
  const { createdAt, expiresAt, revokedAt, lastUsedAt } = key;
  const end = revokedAt ?? expiresAt;
  const live = isLive(key, now);
  const ending =
    end === null
      ? t('adminClients.works')
      : live
        ? t('adminClients.ends', { time: timeText(t, end) })
        : t('adminClients.ended', { time: timeText(t, end) });
  return {
    id: `cak_${key.id}_…`,
    made: timeText(t, createdAt),
    used: lastUsedAt === null ? t('adminClients.neverUsed') : timeText(t, lastUsedAt),
    standing: ending,
    live,
  };
}

/** What the page of one client says of it. */
export const clientFacts = (t: Translate, { client, keys }: ClientWithKeys, now = Date.now()) => ({
  id: client.id,
  name: client.name,
  live: client.revokedAt === null,
  standing: standingOf(t, client),
  made: t('adminClients.madeBy', { time: timeText(t, client.createdAt), by: makerOf(t, client) }),
  keys: keys.map((key) => keyLine(t, key, now)),
  rotateUrl: adminPaths.rotateClientKey(client.id),
  revokeUrl: adminPaths.revokeClient(client.id),
});
