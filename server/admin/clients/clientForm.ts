import { z } from 'zod';
import { anything, ticked } from '../../http/form.js';
import { scopes, urlKinds } from '../../identity/clients/apiClient.js';
import { type SettingsFault, sentenceOf, type TypedSettings } from '../../identity/clients/clientSettings.js';
import type { Translate } from '../../words/words.js';

const text = anything.transform((value) => (typeof value === 'string' ? value.replaceAll('\0', '') : ''));
const texts = anything.transform((value) =>
  (Array.isArray(value) ? value : [value]).map((one) => text.parse(one)).filter(Boolean),
);
const lines = text.transform((value) =>
  value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== ''),
);

/** What was typed into the form of a client. */
export const typedInForm = z.object({
  name: text.transform((name) => name.trim()),
  scopes: texts,
  returnUrls: lines,
  confirmUrls: lines,
  refreshUrls: lines,
  allowNone: ticked,
  mayGiveAddress: ticked,
}) satisfies z.ZodType<TypedSettings>;

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
