import { paths } from '../../paths.js';
import { en } from '../../words/texts.js';
import type { AccountsAnswer } from './accountReader.js';
import type { CatalogueEntry } from './catalogue.js';

/** What `pages/disconnect` is rendered with: what stops working, or that there is nothing to disconnect. */
export function disconnectPage(entry: CatalogueEntry, answer: AccountsAnswer, identifier: string) {
  const { title } = entry;
  const connectionName = entry.connection.name;
  const page = en.pages.disconnect;
  const shown = { logoUrl: paths.logo(connectionName), identifier, backUrl: paths.connections };
  const account = answer.reading?.accounts.get(connectionName);
  if (answer.fresh && account === undefined) {
    return { ...shown, heading: page.nothingHeading(title), sentences: [page.nothing(title)], form: null };
  }
  const removing = account !== undefined && account.status !== 'active' && account.status !== 'unknown';
  return {
    ...shown,
    heading: removing ? page.removeHeading(title) : page.heading(title),
    sentences: removing ? en.removing.sentences(title) : en.disconnecting.sentences(title, identifier),
    form: {
      postUrl: paths.disconnect(connectionName),
      label: removing ? en.actions.remove(title) : en.actions.disconnect(title),
    },
  };
}
