import { paths } from '../paths.js';
import { en } from '../web/texts.js';
import type { AccountsAnswer } from './accountReader.js';
import type { CatalogueEntry } from './catalogue.js';

/** What `pages/disconnect` is rendered with: what stops working, or that nothing does. */
export function disconnectPage(entry: CatalogueEntry, answer: AccountsAnswer, identifier: string) {
  const { title } = entry;
  const connectionName = entry.connection.name;
  const account = answer.reading?.accounts.get(connectionName);
  const removing = account !== undefined && account.status !== 'active' && account.status !== 'unknown';
  const page = en.pages.disconnect;
  return {
    heading: removing ? page.removeHeading(title) : page.heading(title),
    title,
    logoUrl: paths.logo(connectionName),
    identifier,
    sentences: removing ? en.removing.sentences(title) : en.disconnecting.sentences(title, identifier),
    postUrl: paths.disconnect(connectionName),
    cancelUrl: paths.connections,
    buttonLabel: removing ? en.actions.remove(title) : en.actions.disconnect(title),
  };
}
