import type { NextStep } from '../../kernel/errors.js';
import { paths } from '../../paths.js';
import type { MessageKey, Translate } from '../../words/words.js';
import { abilitiesInShort } from '../tools/abilityWords.js';
import type { Abilities } from '../tools/toolCatalogue.js';
import type { AccountsAnswer } from './accountReader.js';
import type { CatalogueEntry } from './catalogue.js';
import { logoOf } from './logos.js';
import type { MustReconnect } from './requiredReconnects.js';

type Standing = 'active' | 'required' | 'other';

function connectLabelOf(t: Translate, title: string, standing: Standing): string {
  if (standing === 'active') return t('common.actions.useAnotherAccount', { title });
  return standing === 'required'
    ? t('common.actions.reconnect', { title })
    : t('common.actions.connect', { title });
}

function stepsOf(
  t: Translate,
  entry: CatalogueEntry,
  standing: Standing,
  returnTo: string | null,
): NextStep[] {
  const active = standing === 'active';
  const connect: NextStep = {
    label: connectLabelOf(t, entry.title, standing),
    url: paths.startConnect(entry.connection.name, returnTo),
    method: 'post',
    filled: !active,
  };
  const goOn: NextStep = {
    label: active && returnTo !== null ? t('common.actions.continueOn') : t('common.actions.backToAccounts'),
    url: active && returnTo !== null ? returnTo : paths.connections,
    method: 'get',
    filled: active,
  };
  return active ? [goOn, connect] : [connect, goOn];
}

const headings = {
  active: 'flow.connected',
  required: 'common.actions.reconnect',
  other: 'common.actions.connect',
} as const satisfies Readonly<Record<Standing, MessageKey>>;

const sentences = {
  active: 'accounts.connecting.active',
  required: 'accounts.connecting.required',
  other: 'accounts.connecting.sentence',
} as const satisfies Readonly<Record<Standing, MessageKey>>;

/**
 * What `pages/connect` is rendered with.
 * @param identifier the account that it will be connected to
 * @param mustReconnect what has to be connected anew although it is active
 */
export function durableLinkPage(
  t: Translate,
  entry: CatalogueEntry,
  answer: AccountsAnswer,
  identifier: string,
  returnTo: string | null,
  mustReconnect: MustReconnect,
  abilities: Abilities | null,
) {
  const { title } = entry;
  const connectionName = entry.connection.name;
  const active = answer.fresh && answer.reading.accounts.get(connectionName)?.status === 'active';
  const required = mustReconnect.has(connectionName) ? 'required' : 'active';
  const standing = active ? required : 'other';
  return {
    heading: t(headings[standing], { title }),
    title,
    logo: logoOf(entry, title, paths.logo(connectionName)),
    description: entry.description?.(t) ?? null,
    abilities: abilitiesInShort(t, abilities),
    identifier,
    sentence: t(answer.fresh ? sentences[standing] : 'accounts.connecting.unread', { title }),
    actions: stepsOf(t, entry, standing, returnTo),
  };
}
