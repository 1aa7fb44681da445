import type { NextStep } from '../../kernel/errors.js';
import { paths } from '../../paths.js';
import { en } from '../../words/texts.js';
import type { AccountsAnswer } from './accountReader.js';
import type { CatalogueEntry } from './catalogue.js';
import type { MustReconnect } from './requiredReconnects.js';

type Standing = 'active' | 'required' | 'other';

function connectLabelOf(title: string, standing: Standing): string {
  if (standing === 'active') return en.actions.useAnotherAccount(title);
  return standing === 'required' ? en.actions.reconnect(title) : en.actions.connect(title);
}

function stepsOf(entry: CatalogueEntry, standing: Standing, returnTo: string | null): NextStep[] {
  const active = standing === 'active';
  const connect: NextStep = {
    label: connectLabelOf(entry.title, standing),
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

const headings: Readonly<Record<Standing, (title: string) => string>> = {
  active: en.flow.connected,
  required: en.actions.reconnect,
  other: en.actions.connect,
};

const sentences: Readonly<Record<Standing, (title: string) => string>> = {
  active: en.connecting.active,
  required: en.connecting.required,
  other: en.connecting.sentence,
};

/**
 * What `pages/connect` is rendered with.
 * @param identifier the account that it will be connected to
 * @param mustReconnect what has to be connected anew although it is active
 */
export function durableLinkPage(
  entry: CatalogueEntry,
  answer: AccountsAnswer,
  identifier: string,
  returnTo: string | null,
  mustReconnect: MustReconnect,
) {
  const { title } = entry;
  const connectionName = entry.connection.name;
  const active = answer.fresh && answer.reading.accounts.get(connectionName)?.status === 'active';
  const required = mustReconnect.has(connectionName) ? 'required' : 'active';
  const standing = active ? required : 'other';
  return {
    heading: headings[standing](title),
    title,
    logoUrl: paths.logo(connectionName),
    description: entry.description,
    identifier,
    sentence: (answer.fresh ? sentences[standing] : en.connecting.unread)(title),
    actions: stepsOf(entry, standing, returnTo),
  };
}
