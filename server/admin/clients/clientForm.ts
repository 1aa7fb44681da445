import { scopes, urlKinds } from '../../identity/clients/apiClient.js';
import { type SettingsFault, sentenceOf, type TypedSettings } from '../../identity/clients/clientSettings.js';
import type { Translate } from '../../words/words.js';

const text = (value: unknown): string => (typeof value === 'string' ? value.replaceAll('\0', '') : '');
const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).map(text).filter(Boolean);
const lines = (value: unknown): string[] =>
  text(value)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** What was typed into the form of a client. */
export function typedInForm(body: unknown): TypedSettings {
  const form = (body ?? {}) as Readonly<Record<string, unknown>>;
  return {
    name: text(form.name).trim(),
    scopes: texts(form.scopes),
    returnUrls: lines(form.returnUrls),
    confirmUrls: lines(form.confirmUrls),
    refreshUrls: lines(form.refreshUrls),
    allowNone: form.allowNone === 'yes',
    mayGiveAddress: form.mayGiveAddress === 'yes',
  };
}

/** What `partials/clientForm` is rendered with. */
export function clientForm(
  t: Translate,
  action: string,
  typed: TypedSettings,
  faults: readonly SettingsFault[] = [],
) {
  return {
    action,
    name: typed.name,
    faults: faults.map((fault) => sentenceOf(t, fault)),
    nameIsFaulty: faults.some(({ field }) => field === 'name'),
    scopes: scopes.map((scope) => ({
      scope,
      hint: t(`adminClients.scopeHints.${scope}`),
      chosen: typed.scopes.includes(scope),
    })),
    urls: urlKinds.map((kind) => ({
      kind,
      label: t(`adminClients.urls.${kind}`),
      hint: t(`adminClients.urlHints.${kind}`),
      value: typed[kind].join('\n'),
      faulty: faults.some(({ field }) => field === kind),
    })),
    allowNone: typed.allowNone,
    mayGiveAddress: typed.mayGiveAddress,
  };
}
