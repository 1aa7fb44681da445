import { plainName } from '../../kernel/plainText.js';
import type { Translate } from '../../words/words.js';
import { type ClientSettings, type Scope, scopes, type UrlKind, urlKinds } from './apiClient.js';
import { readRegisteredUrl, type UrlFault } from './registeredUrls.js';

/** What somebody typed for a client, in a form or as the arguments of the command. */
export interface TypedSettings extends Readonly<Record<UrlKind, readonly string[]>> {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly allowNone: boolean;
  readonly mayGiveAddress: boolean;
}

/** What a client is made from when nothing was typed yet. */
export const nothingTyped: TypedSettings = {
  name: '',
  scopes: [],
  returnUrls: [],
  confirmUrls: [],
  refreshUrls: [],
  allowNone: false,
  mayGiveAddress: false,
};

/** The faults of a form. */
export type SettingsFault =
  | { readonly field: 'name'; readonly fault: 'blank' }
  | { readonly field: 'scopes'; readonly fault: 'none' | 'unknown' }
  | { readonly field: UrlKind; readonly fault: UrlFault; readonly value: string }
  | { readonly field: UrlKind; readonly fault: 'too_many' };

/** What is wrong, in a sentence. */
export function sentenceOf(t: Translate, fault: SettingsFault): string {
  switch (fault.fault) {
    case 'blank':
    case 'none':
    case 'unknown':
      return t(`adminClients.settingsFaults.${fault.fault}`);
    case 'too_many':
      return t('adminClients.settingsFaults.tooMany', { urls: t(`adminClients.urls.${fault.field}`) });
    default:
      return t('adminClients.settingsFaults.url', {
        urls: t(`adminClients.urls.${fault.field}`),
        url: fault.value.slice(0, 200),
        fault: t(`adminClients.settingsFaults.urlFaults.${fault.fault}`),
      });
  }
}

/** The most addresses of one kind. */
export const mostUrls = 10;

const isScope = (value: string): value is Scope => (scopes as readonly string[]).includes(value);

function readUrls(kind: UrlKind, typed: readonly string[], appOnLoopback: boolean, faults: SettingsFault[]) {
  if (typed.length > mostUrls) faults.push({ field: kind, fault: 'too_many' });
  const urls = typed.slice(0, mostUrls).flatMap((value) => {
    const read = readRegisteredUrl(value, appOnLoopback);
    if ('url' in read) return [read.url];
    faults.push({ field: kind, fault: read.fault, value });
    return [];
  });
  return [...new Set(urls)];
}

/**
 * Reads what was typed for a client. Names lose what could make them look like something else; addresses are turned
 * into what browsers write.
 * @returns what is set, or everything that is wrong with it
 */
export function readClientSettings(
  typed: TypedSettings,
  appOnLoopback: boolean,
): { readonly settings: ClientSettings } | { readonly faults: readonly SettingsFault[] } {
  const faults: SettingsFault[] = [];
  const name = plainName(typed.name);
  if (name === null) faults.push({ field: 'name', fault: 'blank' });
  if (typed.scopes.length === 0) faults.push({ field: 'scopes', fault: 'none' });
  if (!typed.scopes.every(isScope)) faults.push({ field: 'scopes', fault: 'unknown' });
  const [returnUrls, confirmUrls, refreshUrls] = urlKinds.map((kind) =>
    readUrls(kind, typed[kind], appOnLoopback, faults),
  ) as [string[], string[], string[]];
  if (name === null || faults.length > 0) return { faults };
  return {
    settings: {
      name,
      scopes: scopes.filter((scope) => typed.scopes.includes(scope)),
      returnUrls,
      confirmUrls,
      refreshUrls,
      moreUserChecks: typed.allowNone ? ['none'] : [],
      mayGiveAddress: typed.mayGiveAddress,
    },
  };
}

/** The form's fields for a client's settings. */
export const typedOf = ({ moreUserChecks, ...settings }: ClientSettings): TypedSettings => ({
  ...settings,
  allowNone: moreUserChecks.includes('none'),
});
