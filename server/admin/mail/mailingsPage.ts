import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import type { NewestFirst } from '../../http/pageKey.js';
import { inOneLine } from '../../kernel/plainText.js';
import type { Mailing } from '../../notify/mailings/mailing.js';
import { adminPaths } from '../../paths.js';
import { momentOf } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import { usersText } from './mailingPages.js';

const tones = { waiting: 'quiet', running: 'attention', done: 'active', stopped: 'quiet' } as const;

function mailingRow(t: Translate, mailing: Mailing, names: ConnectionNames) {
  const { id, status, createdAt, createdBy } = mailing;
  const maker = createdBy.replace(/^user:/, '');
  return {
    id,
    url: adminPaths.mailing(id),
    about: t('adminMail.mailings.headings.mailing', { title: names.titleOf(mailing.connectionName) }),
    time: momentOf(t, createdAt),
    users: usersText(t, mailing),
    maker: inOneLine(maker),
    makerUrl: adminPaths.user(maker),
    tone: tones[status],
    standing: t(`adminMail.mailings.list.standings.${status}`),
  };
}

/** What `pages/admin/mailings` is rendered with. */
export const mailingsPage = (t: Translate, page: NewestFirst<Mailing>, names: ConnectionNames) => ({
  rows: page.rows.map((mailing) => mailingRow(t, mailing, names)),
  newestUrl: page.isNewest ? null : adminPaths.mailings(),
  olderUrl: page.older === null ? null : adminPaths.mailings(page.older),
});
