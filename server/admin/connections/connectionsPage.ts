import type { FailureCode } from '../../accounts/flow/failureCodes.js';
import { whoMustAct } from '../../accounts/flow/providerErrors.js';
import type { CatalogueEntry } from '../../accounts/list/catalogue.js';
import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import { logoOf } from '../../accounts/list/logos.js';
import type { StateCount } from '../../directory/users/overviewStore.js';
import { reasonOf } from '../../directory/users/reasons.js';
import { adminPaths, paths } from '../../paths.js';
import type { ConnectionCount } from '../../store/dailyCountStore.js';
import { numberText, percentText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import { stackedBar } from '../overview/charts.js';
import { drawnStates, failureRateOf, failuresIn, sumOf, totalsOf } from '../overview/figures.js';

/** Whether users are offered it, and why not. */
function offerOf(entry: CatalogueEntry | undefined, isCatalogueKnown: boolean) {
  if (entry === undefined) return isCatalogueKnown ? ('gone' as const) : null;
  const { enabled, kind } = entry.connection;
  if (entry.offered) return 'yes' as const;
  if (entry.needsNothing) return 'ready' as const;
  if (!enabled) return 'disabled' as const;
  return kind === 'backend' || kind === 'sign_in' || kind === 'other' ? kind : ('hidden' as const);
}

function failuresText(t: Translate, lately: readonly ConnectionCount[]): string {
  const rate = failureRateOf(lately);
  if (rate === null) return t('adminConnections.noTries');
  const failures = failuresIn(lately);
  return t('adminConnections.failureRate', {
    share: percentText(t, rate),
    failures: numberText(t, failures),
    all: numberText(t, failures + sumOf(lately, 'active')),
  });
}

export interface ConnectionsFacts {
  readonly names: ConnectionNames;
  readonly counts: readonly StateCount[];
  /** Of the last days. */
  readonly lately: readonly ConnectionCount[];
  /** What providers said of the same days, the most frequent first. */
  readonly providerErrors: readonly ProviderErrorCount[];
}

export interface ProviderErrorCount {
  readonly connectionName: string;
  readonly providerError: string;
  readonly failure: FailureCode;
  readonly count: number;
}

const providerErrorsShown = 5;

function connectionRow(
  t: Translate,
  name: string,
  { names, counts, lately, providerErrors }: ConnectionsFacts,
) {
  const entry = names.find(name);
  const totals = totalsOf(name, counts);
  const offer = offerOf(entry, names.isKnown);
  const kind = entry?.connection.kind ?? null;
  const title = names.titleOf(name);
  return {
    name,
    title,
    logo: logoOf(entry, title, paths.logo(name)),
    kind: kind === null ? null : t(`adminConnections.kinds.${kind}`),
    warning: kind === 'static' ? t('adminConnections.notVerified') : null,
    offer:
      offer === null
        ? null
        : {
            tone: offer === 'yes' || offer === 'ready' ? 'active' : offer === 'other' ? 'attention' : 'quiet',
            text: t(`adminConnections.offered.${offer}`),
          },
    accounts:
      totals.total === 0
        ? t('adminConnections.noAccounts')
        : t('adminConnections.accounts', { count: totals.total }),
    bar: totals.total === 0 ? null : stackedBar(t, totals),
    states: drawnStates
      .filter((state) => totals.byState[state] > 0)
      .map((state) => ({
        state,
        text: t('adminOverview.accounts.part', {
          state: t(`admin.states.${state}`),
          count: totals.byState[state],
        }),
        url: adminPaths.users({ connection: name, state }),
      })),
    failures: failuresText(
      t,
      lately.filter(({ connectionName }) => connectionName === name),
    ),
    providerErrors: providerErrors
      .filter(({ connectionName }) => connectionName === name)
      .slice(0, providerErrorsShown)
      .map(({ providerError, failure, count }) => ({
        code: providerError,
        text: t('adminConnections.providerError', {
          count,
          reason: reasonOf(t, failure),
          mustAct: whoMustAct(failure) ?? 'unknown',
        }),
      })),
    usersUrl: adminPaths.users({ connection: name }),
    usersLabel: t('adminConnections.users', { title }),
    reconnectUrl: adminPaths.requireReconnect(name),
    reconnectLabel: t('adminConnections.requireReconnectOf', { title }),
  };
}

/** What `pages/admin/connections` is rendered with: the catalogue in its order, then what only the directory knows. */
export function connectionsPage(t: Translate, facts: ConnectionsFacts) {
  const listed = facts.names.entries.map(({ connection }) => connection.name);
  const counted = [...new Set(facts.counts.map(({ connectionName }) => connectionName))].sort();
  const all = [...listed, ...counted.filter((name) => !listed.includes(name))];
  const offered = facts.names.entries.filter((entry) => entry.offered || entry.needsNothing).length;
  return {
    lead:
      all.length === 0 && facts.names.isKnown
        ? t('adminConnections.none')
        : t('adminConnections.lead', { offered, all: all.length }),
    isCatalogueKnown: facts.names.isKnown,
    states: drawnStates,
    rows: all.map((name) => connectionRow(t, name, facts)),
  };
}
