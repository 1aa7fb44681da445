import { paths } from '../../paths.js';
import type { Translate } from '../../words/words.js';
import type { AccountsAnswer } from './accountReader.js';
import type { CatalogueEntry } from './catalogue.js';
import { logoOf } from './logos.js';

/** What `pages/disconnect` is rendered with: what stops working, or that there is nothing to disconnect. */
export function disconnectPage(
  t: Translate,
  entry: CatalogueEntry,
  answer: AccountsAnswer,
  identifier: string,
) {
  const { title } = entry;
  const connectionName = entry.connection.name;
  const shown = {
    logo: logoOf(entry, title, paths.logo(connectionName)),
    identifier,
    backUrl: paths.connections,
  };
  const account = answer.reading?.accounts.get(connectionName);
  if (answer.fresh && account === undefined) {
    return {
      ...shown,
      heading: t('accounts.disconnect.nothingHeading', { title }),
      sentences: [t('accounts.disconnect.nothing', { title })],
      form: null,
    };
  }
  const removing = account !== undefined && account.status !== 'active' && account.status !== 'unknown';
  return {
    ...shown,
    heading: removing
      ? t('accounts.disconnect.removeHeading', { title })
      : t('accounts.disconnect.heading', { title }),
    sentences: removing
      ? t.lines('accounts.disconnect.removeSentences', { title })
      : t.lines('accounts.disconnect.sentences', { title, identifier }),
    form: {
      postUrl: paths.disconnect(connectionName),
      label: removing ? t('common.actions.remove', { title }) : t('common.actions.disconnect', { title }),
    },
  };
}
