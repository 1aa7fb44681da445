import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import type { Freshness } from '../../directory/directory.js';
import { faultText } from '../../directory/syncFaults.js';
import type { StateCount, StuckUser } from '../../directory/users/overviewStore.js';
import { reasonOf } from '../../directory/users/reasons.js';
import { inOneLine } from '../../kernel/plainText.js';
import { adminPaths } from '../../paths.js';
import type { ConnectionCount, DayCount, KindCount } from '../../store/dailyCountStore.js';
import { dateText, momentOf, numberText, percentText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { AttentionItem } from './attention.js';
import { dayBars, stackedBar, stepWidth } from './charts.js';
import {
  type ConnectionTotals,
  daysUntil,
  drawnStates,
  endingsOf,
  type Funnel,
  failuresIn,
  funnelOf,
  sumOf,
  totalsOf,
} from './figures.js';

export interface OverviewFacts {
  readonly now: number;
  readonly names: ConnectionNames;
  readonly counts: readonly StateCount[];
  /** The counts of the shown days, by connection and by day. */
  readonly lately: readonly ConnectionCount[];
  readonly byDay: readonly DayCount[];
  readonly stuck: readonly StuckUser[];
  readonly freshness: Freshness;
  readonly attention: readonly AttentionItem[];
  /** Whether this app verifies the user after consent. */
  readonly verifies: boolean;
}

function leadOf(t: Translate, all: readonly ConnectionTotals[], { freshness }: OverviewFacts): string {
  const sum = (of: (totals: ConnectionTotals) => number) => all.reduce((total, one) => total + of(one), 0);
  const total = sum((one) => one.total);
  if (total > 0) {
    return t('adminOverview.lead.accounts', {
      active: sum(({ byState }) => byState.active),
      all: total,
      stuck: sum(({ stuck }) => stuck),
    });
  }
  return freshness.asOf === null ? t('adminOverview.lead.unread') : t('adminOverview.lead.none');
}

/** The connections that have accounts, those with the most first. */
function totalsByConnection({ counts, names }: OverviewFacts): ConnectionTotals[] {
  const known = [...new Set(counts.map(({ connectionName }) => connectionName))];
  return known
    .map((name) => totalsOf(name, counts))
    .sort(
      (a, b) =>
        b.total - a.total || names.titleOf(a.connectionName).localeCompare(names.titleOf(b.connectionName)),
    );
}

const accountsRow = (t: Translate, totals: ConnectionTotals, { names }: OverviewFacts) => ({
  title: names.titleOf(totals.connectionName),
  url: adminPaths.users({ connection: totals.connectionName }),
  total: numberText(t, totals.total),
  stuck: totals.stuck === 0 ? null : t('adminOverview.accounts.stuck', { count: totals.stuck }),
  stuckLabel: t('adminOverview.accounts.stuckOn', {
    title: names.titleOf(totals.connectionName),
    count: totals.stuck,
  }),
  stuckUrl: adminPaths.users({ connection: totals.connectionName, stuck: 'any' }),
  bar: stackedBar(t, totals),
  cells: drawnStates.map((state) => numberText(t, totals.byState[state])),
});

const charts = [
  { name: 'connected', hint: null, of: (day: readonly KindCount[]) => sumOf(day, 'active') },
  { name: 'failed', hint: 'adminOverview.days.failedHint', of: failuresIn },
  {
    name: 'expired',
    hint: 'adminOverview.days.expiredHint',
    of: (day: readonly KindCount[]) => sumOf(day, 'expired'),
  },
] as const;

function daysPart(t: Translate, { byDay: counts, now }: OverviewFacts) {
  const days = daysUntil(now);
  const byDay = days.map((day) => counts.filter((row) => row.day === day));
  const series = charts.map(({ name, hint, of }) => {
    const values = byDay.map(of);
    const bars = dayBars(values);
    return {
      name,
      label: t(`adminOverview.days.${name}`),
      hint: hint === null ? null : t(hint),
      values,
      total: numberText(
        t,
        values.reduce((sum, value) => sum + value, 0),
      ),
      highest: t('adminOverview.days.highest', { count: bars.highest }),
      bars,
    };
  });
  return {
    series,
    first: dateText(t, Date.parse(days[0] ?? ''), now),
    rows: days
      .map((day, index) => ({ day, values: series.map(({ values }) => numberText(t, values[index] ?? 0)) }))
      .reverse(),
  };
}

function stepsOf(t: Translate, { started, returned, verified, active }: Funnel) {
  const step = (label: string, count: number | null, isLast = false) =>
    count === null
      ? []
      : [
          {
            label,
            count: numberText(t, count),
            share: started === 0 ? null : percentText(t, Math.min(1, count / started)),
            width: stepWidth(count, started),
            isLast,
          },
        ];
  return [
    ...step(t('adminOverview.funnel.started'), started),
    ...step(t('adminOverview.funnel.returned'), returned),
    ...step(t('adminOverview.funnel.verified'), verified),
    ...step(t('adminOverview.funnel.active'), active, true),
  ];
}

/** Flows from which no browser comes back are a funnel of their own, since they skip two of its steps. */
function funnelPart(t: Translate, { lately, names, verifies }: OverviewFacts) {
  const returns = ({ connectionName }: ConnectionCount) =>
    verifies && names.find(connectionName)?.connection.kind !== 'static';
  const consent = funnelOf(lately.filter(returns), true);
  const direct = funnelOf(
    lately.filter((row) => !returns(row)),
    false,
  );
  const directHint = verifies ? t('adminOverview.funnel.directHint') : t('adminOverview.funnel.scalekitHint');
  const funnels = [
    {
      label: t('adminOverview.funnel.consent'),
      hint: null,
      steps: stepsOf(t, consent),
      started: consent.started,
    },
    {
      label: t('adminOverview.funnel.direct'),
      hint: directHint,
      steps: stepsOf(t, direct),
      started: direct.started,
    },
  ].filter(({ started }) => started > 0);
  const endings = endingsOf(lately);
  const most = endings[0]?.count ?? 0;
  return {
    funnels,
    endings: endings.map(({ code, count }) => ({
      reason: code === null ? t('adminOverview.funnel.stopped') : reasonOf(t, code),
      count: numberText(t, count),
      width: stepWidth(count, most),
    })),
  };
}

/** How much is read. @param total null while nobody can tell how much there is */
export const progressText = (t: Translate, read: number, total: number | null): string =>
  total === null
    ? t('adminOverview.directory.progressSoFar', { read })
    : t('adminOverview.directory.progress', { read, total });

/** How fresh the directory is, and how far it is being read. */
function directoryPart(t: Translate, { freshness, now }: OverviewFacts) {
  const { asOf, fault, running, accounts, total } = freshness;
  return {
    said:
      asOf === null
        ? [t('adminOverview.directory.never')]
        : t.parts('adminOverview.directory.readAt', { time: momentOf(t, asOf, now) }),
    fault: fault === null ? null : t('adminOverview.directory.fault', { reason: faultText(t, fault) }),
    progress: running ? { accounts, total, text: progressText(t, accounts, total) } : null,
  };
}

/** What `pages/admin/overview` is rendered with. */
export function overviewPage(t: Translate, facts: OverviewFacts) {
  const totals = totalsByConnection(facts);
  return {
    lead: leadOf(t, totals, facts),
    attention: facts.attention,
    states: drawnStates,
    accounts: totals.map((one) => accountsRow(t, one, facts)),
    days: daysPart(t, facts),
    funnel: funnelPart(t, facts),
    stuck: facts.stuck.map(({ identifier, displayName, since }) => ({
      identifier: inOneLine(identifier),
      name: displayName === null ? null : inOneLine(displayName),
      url: adminPaths.user(identifier),
      since: momentOf(t, since, facts.now),
    })),
    stuckUrl: adminPaths.users({ stuck: 'any' }),
    directory: directoryPart(t, facts),
  };
}
