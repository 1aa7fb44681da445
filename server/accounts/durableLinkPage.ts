import type { NextStep } from '../errors.js';
import { paths } from '../paths.js';
import { en } from '../web/texts.js';
import type { AccountsAnswer } from './accountReader.js';
import type { CatalogueEntry } from './catalogue.js';

function stepsOf(entry: CatalogueEntry, active: boolean, returnTo: string | null): NextStep[] {
  const connect: NextStep = {
    label: active ? en.actions.useAnotherAccount(entry.title) : en.actions.connect(entry.title),
    url: paths.startConnect(entry.connection.name, returnTo),
    method: 'post',
    filled: !active,
  };
  const goOn: NextStep = {
    label: active && returnTo !== null ? en.actions.continueOn : en.actions.backToAccounts,
    url: active && returnTo !== null ? returnTo : paths.connections,
    method: 'get',
    filled: active,
  };
  return active ? [goOn, connect] : [connect, goOn];
}

/** What `pages/connect` is rendered with. @param identifier the account that it will be connected to */
export function durableLinkPage(
  entry: CatalogueEntry,
  answer: AccountsAnswer,
  identifier: string,
  returnTo: string | null,
) {
  const { title } = entry;
  const connectionName = entry.connection.name;
  const active = answer.fresh && answer.reading.accounts.get(connectionName)?.status === 'active';
  const words = active ? en.connecting.active : en.connecting.sentence;
  return {
    heading: active ? en.flow.connected(title) : en.actions.connect(title),
    title,
    logoUrl: paths.logo(connectionName),
    description: entry.description,
    identifier,
    sentence: (answer.fresh ? words : en.connecting.unread)(title),
    actions: stepsOf(entry, active, returnTo),
  };
}
