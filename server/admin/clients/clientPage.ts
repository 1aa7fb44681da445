import { type ApiClient, type ApiClientKey, isLive } from '../../identity/clients/apiClient.js';
import type { ClientWithKeys } from '../../identity/clients/apiClients.js';
import { clientMark } from '../../identity/clients/clientMark.js';
import { longestLogo } from '../../identity/clients/logoFile.js';
import { adminPaths } from '../../paths.js';
import { momentOf } from '../../words/formats.js';
import type { Said, Translate } from '../../words/words.js';
import type { ConfirmPage } from '../confirmPage.js';

const makerOf = (t: Translate, { createdBy }: ApiClient): string =>
  createdBy === 'command' ? t('adminClients.byCommand') : createdBy.replace(/^user:/, '');

const standingOf = (t: Translate, { revokedAt }: ApiClient): Said =>
  revokedAt === null
    ? [t('adminClients.works')]
    : t.parts('adminClients.revoked', { time: momentOf(t, revokedAt) });

/** A line of the list of clients. */
export const clientLine = (t: Translate, client: ApiClient) => ({
  name: client.name,
  mark: clientMark(client),
  url: adminPaths.client(client.id),
  scopes: client.scopes.join(', '),
  standing: standingOf(t, client),
  live: client.revokedAt === null,
});

function keyLine(t: Translate, key: ApiClientKey, now: number) {
  const { createdAt, expiresAt, revokedAt, lastUsedAt } = key;
  const end = revokedAt ?? expiresAt;
  const live = isLive(key, now);
  const standing =
    end === null
      ? [t('adminClients.works')]
      : t.parts(live ? 'adminClients.ends' : 'adminClients.ended', { time: momentOf(t, end) });
  return {
    id: `cak_${key.id}_…`,
    made: [momentOf(t, createdAt)],
    used: [lastUsedAt === null ? t('adminClients.neverUsed') : momentOf(t, lastUsedAt)],
    standing,
    live,
  };
}

/** What the page of one client says of it. */
export const clientFacts = (t: Translate, { client, keys }: ClientWithKeys, now = Date.now()) => ({
  id: client.id,
  name: client.name,
  live: client.revokedAt === null,
  standing: standingOf(t, client),
  made: t.parts('adminClients.madeBy', {
    time: momentOf(t, client.createdAt),
    by: makerOf(t, client),
  }),
  keys: keys.map((key) => keyLine(t, key, now)),
  mark: clientMark(client),
  longestLogo,
  logoUrl: adminPaths.clientLogo(client.id),
  removeLogoUrl: adminPaths.removeClientLogo(client.id),
  rotateUrl: adminPaths.rotateClientKey(client.id),
  revokeUrl: adminPaths.revokeClient(client.id),
});

/** For how many hours the key before may still work, the usual choice first. */
export const overlapHours = ['24', '1', '168', '720', '0'] as const;

/** Asks before a client gets a new key. */
export const rotatePage = (t: Translate, { id, name }: ApiClient): ConfirmPage => ({
  current: 'clients',
  heading: t('adminClients.rotate.heading', { name }),
  facts: [],
  sentences: t.lines('adminClients.rotate.sentences'),
  form: {
    postUrl: adminPaths.rotateClientKey(id),
    label: t('adminClients.rotate.action'),
    danger: false,
    field: {
      kind: 'choice',
      name: 'overlap',
      label: t('adminClients.rotate.overlap'),
      options: overlapHours.map((hours) => ({
        value: hours,
        label: t(`adminClients.rotate.overlaps.${hours}`),
      })),
    },
  },
  sample: null,
  back: { label: name, url: adminPaths.client(id) },
});

/** Asks before a client and its keys end for good. */
export const revokePage = (t: Translate, { id, name }: ApiClient): ConfirmPage => ({
  current: 'clients',
  heading: t('adminClients.revoke.heading', { name }),
  facts: [],
  sentences: t.lines('adminClients.revoke.sentences'),
  form: { postUrl: adminPaths.revokeClient(id), label: t('adminClients.revoke.action'), danger: true },
  sample: null,
  back: { label: name, url: adminPaths.client(id) },
});
