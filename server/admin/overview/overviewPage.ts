import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import type { Freshness } from '../../directory/directory.js';
import { faultText } from '../../directory/syncFaults.js';
import type { StateCount, StuckUser } from '../../directory/users/overviewStore.js';
import { reasonOf } from '../../directory/users/reasons.js';
import { inOneLine } from '../../kernel/plainText.js';
import { dateText, isoTime, timeText } from '../../kernel/times.js';
import { adminPaths } from '../../paths.js';
import type { ConnectionCount, DayCount, KindCount } from '../../store/dailyCountStore.js';
import { en } from '../../words/texts.js';
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

const texts = en.admin.overview;
const { number: n } = texts;

export interface OverviewFacts {
  readonly now: number;
  readonly names: ConnectionNames;
  readonly counts: readonly StateCount[];
  /** What happened in the days that are shown, by connection and by day. */
  readonly lately: readonly ConnectionCount[];
  readonly byDay: readonly DayCount[];
  readonly stuck: readonly StuckUser[];
  readonly freshness: Freshness;
  readonly attention: readonly AttentionItem[];
  /** Whether browsers come back from OAuth connections to be verified. */
  readonly verifies: boolean;
}

function leadOf(all: readonly ConnectionTotals[], { freshness }: OverviewFacts): string {
  const sum = (of: (totals: ConnectionTotals) => number) => all.reduce((total, one) => total + of(one), 0);
  const total = sum((one) => one.total);
  if (total > 0) {
    return texts.lead.accounts(
      sum(({ byState }) => byState.active),
      total,
      sum(({ stuck }) => stuck),
    );
  }
  return freshness.asOf === null ? texts.lead.unread : texts.lead.none;
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

const accountsRow = (totals: ConnectionTotals, { names }: OverviewFacts) => ({
  title: names.titleOf(totals.connectionName),
  url: adminPaths.users({ connection: totals.connectionName }),
  total: n(totals.total),
  stuck: totals.stuck === 0 ? null : texts.accounts.stuck(totals.stuck),
  stuckLabel: texts.accounts.stuckOn(names.titleOf(totals.connectionName), totals.stuck),
  stuckUrl: adminPaths.users({ connection: totals.connectionName, stuck: 'any' }),
  bar: stackedBar(totals),
  cells: drawnStates.map((state) => n(totals.byState[state])),
});

const charts = [
  {
    name: 'connected',
    label: texts.days.connected,
    hint: null,
    of: (day: readonly KindCount[]) => sumOf(day, 'active'),
  },
  { name: 'failed', label: texts.days.failed, hint: texts.days.failedHint, of: failuresIn },
  {
    name: 'expired',
    label: texts.days.expired,
    hint: texts.days.expiredHint,
    of: (day: readonly KindCount[]) => sumOf(day, 'expired'),
  },
] as const;

function daysPart({ byDay: counts, now }: OverviewFacts) {
  const days = daysUntil(now);
  const byDay = days.map((day) => counts.filter((row) => row.day === day));
  const series = charts.map(({ of, ...chart }) => {
    const values = byDay.map(of);
    const bars = dayBars(values);
    return {
      ...chart,
      values,
      total: n(values.reduce((sum, value) => sum + value, 0)),
      highest: texts.days.highest(bars.highest),
      bars,
    };
  });
  return {
    series,
    first: dateText(Date.parse(days[0] ?? ''), now),
    rows: days
      .map((day, index) => ({ day, values: series.map(({ values }) => n(values[index] ?? 0)) }))
      .reverse(),
  };
}

function stepsOf({ started, returned, verified, active }: Funnel) {
  const step = (label: string, count: number | null, isLast = false) =>
    count === null
      ? []
      : [
          {
            label,
            count: n(count),
            share: started === 0 ? null : texts.percent(Math.min(1, count / started)),
            width: stepWidth(count, started),
            isLast,
          },
        ];
  const { funnel } = texts;
  return [
    ...step(funnel.started, started),
    ...step(funnel.returned, returned),
    ...step(funnel.verified, verified),
    ...step(funnel.active, active, true),
  ];
}

/** Flows from which no browser comes back are a funnel of their own, since they skip two of its steps. */
function funnelPart({ lately, names, verifies }: OverviewFacts) {
  const { funnel } = texts;
  const returns = ({ connectionName }: ConnectionCount) =>
    verifies && names.find(connectionName)?.connection.kind !== 'static';
  const consent = funnelOf(lately.filter(returns), true);
  const direct = funnelOf(
    lately.filter((row) => !returns(row)),
    false,
  );
  const directHint = verifies ? funnel.directHint : funnel.scalekitHint;
  const funnels = [
    { label: funnel.consent, hint: null, steps: stepsOf(consent), started: consent.started },
    { label: funnel.direct, hint: directHint, steps: stepsOf(direct), started: direct.started },
  ].filter(({ started }) => started > 0);
  const endings = endingsOf(lately);
  const most = endings[0]?.count ?? 0;
  return {
    funnels,
    endings: endings.map(({ code, count }) => ({
      reason: code === null ? funnel.stopped : reasonOf(code),
      count: n(count),
      width: stepWidth(count, most),
    })),
  };
}

/** How fresh the directory is, and how far it is being read. */
function directoryPart({ freshness, now }: OverviewFacts) {
  const { directory } = texts;
  const { asOf, fault, running, accounts, total } = freshness;
  return {
    sentence: asOf === null ? directory.never : directory.readAt(timeText(asOf, now)),
    fault: fault === null ? null : directory.fault(faultText(fault)),
    progress: running ? { accounts, total, text: directory.progress(accounts, total) } : null,
  };
}

/** What `pages/admin/overview` is rendered with. */
export function overviewPage(facts: OverviewFacts) {
  const totals = totalsByConnection(facts);
  return {
    lead: leadOf(totals, facts),
    attention: facts.attention,
    states: drawnStates,
    accounts: totals.map((one) => accountsRow(one, facts)),
    days: daysPart(facts),
    funnel: funnelPart(facts),
    stuck: facts.stuck.map(({ identifier, displayName, since }) => ({
      identifier: inOneLine(identifier),
      name: displayName === null ? null : inOneLine(displayName),
      url: adminPaths.user(identifier),
      iso: isoTime(since),
      since: texts.stuck.since(dateText(since, facts.now)),
    })),
    stuckUrl: adminPaths.users({ stuck: 'any' }),
    directory: directoryPart(facts),
  };
}
