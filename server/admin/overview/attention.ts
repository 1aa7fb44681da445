import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import type { Tone } from '../../accounts/states.js';
import type { Freshness } from '../../directory/directory.js';
import { faultText } from '../../directory/syncFaults.js';
import type { StateCount } from '../../directory/users/overviewStore.js';
import { inOneLine } from '../../kernel/plainText.js';
import type { MailChoice } from '../../notify/mailStore.js';
import { adminPaths } from '../../paths.js';
import type { BreakerState } from '../../scalekit/circuitBreaker.js';
import { countedAtMost } from '../../store/countedAtMost.js';
import { type ConnectionCount, dayOf } from '../../store/dailyCountStore.js';
import { momentOf } from '../../words/formats.js';
import type { Said, Translate } from '../../words/words.js';
import type { TypeCount } from '../events/auditEventStore.js';
import { countText } from '../mail/mailsPage.js';
import { dayMs, failuresIn, shownDays, sumOf, totalsOf } from './figures.js';

/** Something that an admin should look at, and where, if a page shows more. */
export interface AttentionItem {
  readonly tone: Tone;
  readonly said: Said;
  readonly link?: { readonly url: string; readonly label: string };
}

/** How things stand that may need an admin. Times are epoch milliseconds. */
export interface Circumstances {
  readonly now: number;
  readonly breaker: BreakerState;
  readonly freshness: Freshness;
  readonly webhooks: { readonly configured: boolean; readonly lastReceivedAt: number | null };
  readonly mails: {
    readonly canSend: boolean;
    readonly waiting: number;
    /** The waiting mails that have failed at least once. */
    readonly troubled: number;
    readonly failed: number;
  };
  /** The API clients whose webhooks are switched off. */
  readonly switchedOff: readonly { readonly name: string; readonly offAt: number }[];
  /** The security events since `firstSecurityMoment`. */
  readonly security: readonly TypeCount[];
  readonly counts: readonly StateCount[];
  /** What happened in the days that are shown, and of that what happened today. */
  readonly lately: readonly ConnectionCount[];
  readonly today: readonly ConnectionCount[];
  /** How many accounts of a connection expire again and again, by the connection's name. */
  readonly unsteady: ReadonlyMap<string, number>;
  readonly names: ConnectionNames;
}

/** Whole days of UTC, of which today is one. */
const securityDays = 7;
/** A full reading, or a webhook, that is older than this is worth a look. */
const staleMs = 26 * 3_600_000;
/** Fewer failures or expiries on one day are everyday life. */
const worthALook = 5;
const connectionItemsShown = 5;

const directory = (t: Translate) => ({ url: '#directory', label: t('adminOverview.attention.seeDirectory') });

const scalekitItems = (t: Translate, { breaker }: Circumstances): AttentionItem[] => {
  if (breaker === 'closed') return [];
  const sentence =
    breaker === 'paused' ? t('adminOverview.attention.slowedDown') : t('adminOverview.attention.breaker');
  return [{ tone: breaker === 'paused' ? 'attention' : 'broken', said: [sentence] }];
};

function directoryItems(
  t: Translate,
  { freshness: { running, asOf, fault }, now }: Circumstances,
): AttentionItem[] {
  if (fault !== null) {
    return [
      {
        tone: 'broken',
        said: [t('adminOverview.attention.faulty', { reason: faultText(t, fault) })],
        link: directory(t),
      },
    ];
  }
  if (running) return [];
  if (asOf === null)
    return [{ tone: 'attention', said: [t('adminOverview.attention.neverSynced')], link: directory(t) }];
  if (now - asOf < staleMs) return [];
  return [
    {
      tone: 'attention',
      said: t.parts('adminOverview.attention.stale', { time: momentOf(t, asOf, now) }),
      link: directory(t),
    },
  ];
}

function webhookItems(
  t: Translate,
  { webhooks: { configured, lastReceivedAt }, now }: Circumstances,
): AttentionItem[] {
  const item = (...said: Said): AttentionItem[] => [{ tone: 'attention', said, link: directory(t) }];
  if (!configured) return item(t('adminOverview.attention.webhooksOff'));
  if (lastReceivedAt === null) return item(t('adminOverview.attention.webhooksNever'));
  return now - lastReceivedAt < staleMs
    ? []
    : item(
        ...t.parts('adminOverview.attention.webhooksQuiet', {
          time: momentOf(t, lastReceivedAt, now),
        }),
      );
}

function mailItems(
  t: Translate,
  { mails: { canSend, waiting, troubled, failed } }: Circumstances,
): AttentionItem[] {
  const link = (choice: MailChoice) => ({
    url: adminPaths.mails(choice),
    label: t('adminOverview.attention.seeMails'),
  });
  const items: AttentionItem[] = [];
  if (failed > 0)
    items.push({
      tone: 'broken',
      said: [t('adminOverview.attention.mailFailed', { count: failed, text: countText(t, failed) })],
      link: link('failed'),
    });
  if (!canSend && waiting > 0) {
    items.push({
      tone: 'attention',
      said: [t('adminOverview.attention.mailOff', { count: waiting, text: countText(t, waiting) })],
      link: link('waiting'),
    });
  } else if (troubled > 0) {
    items.push({
      tone: 'attention',
      said: [t('adminOverview.attention.mailStuck', { count: troubled, text: countText(t, troubled) })],
      link: link('troubled'),
    });
  }
  return items;
}

/** An item that outweighs others by how often it happened. */
interface WeighedItem {
  readonly connection: string;
  readonly item: AttentionItem;
  readonly weight: number;
}

/** What broke today on one connection: failures that outweigh what succeeded, and more expiries than usual. */
function brokenToday(
  t: Translate,
  connection: string,
  { counts, lately, today, names, now }: Circumstances,
): WeighedItem[] {
  const title = names.titleOf(connection);
  const ownOf = (counts: readonly ConnectionCount[]) =>
    counts.filter(({ connectionName }) => connectionName === connection);
  const ofToday = ownOf(today);
  const failures = failuresIn(ofToday);
  const tries = failures + sumOf(ofToday, 'active');
  const expired = sumOf(ofToday, 'expired');
  const usual = (sumOf(ownOf(lately), 'expired') - expired) / (shownDays - 1);
  const items: WeighedItem[] = [];
  const add = (weight: number, sentence: string, url: string, label: string) =>
    items.push({ connection, weight, item: { tone: 'broken', said: [sentence], link: { url, label } } });
  if (failures >= worthALook && failures * 3 >= tries) {
    const filter = { type: 'flow.failed', connection, from: dayOf(now), without: 'denied' };
    const url = adminPaths.events(filter);
    add(
      failures,
      t('adminOverview.attention.failing', { title, failures, all: tries }),
      url,
      t('adminOverview.attention.seeEvents'),
    );
  }
  if (expired >= worthALook && expired > 3 * usual) {
    const url = adminPaths.users({ connection, stuck: 'any' });
    const label = t('adminOverview.attention.seeStuck', { count: totalsOf(connection, counts).stuck });
    add(expired, t('adminOverview.attention.breaking', { title, count: expired }), url, label);
  }
  return items;
}

/** The worst of what broke today. */
function connectionItems(t: Translate, circumstances: Circumstances): AttentionItem[] {
  const connections = [...new Set(circumstances.today.map(({ connectionName }) => connectionName))];
  const broken = connections
    .flatMap((connection) => brokenToday(t, connection, circumstances))
    .sort((one, other) => other.weight - one.weight);
  const shown = broken.slice(0, connectionItemsShown);
  const said = new Set(shown.map(({ connection }) => connection));
  const more = new Set(broken.map(({ connection }) => connection)).size - said.size;
  const items = shown.map(({ item }) => item);
  if (more === 0) return items;
  const link = { url: adminPaths.connections, label: t('adminOverview.attention.seeConnections') };
  return [
    ...items,
    { tone: 'broken', said: [t('adminOverview.attention.moreBroken', { count: more })], link },
  ];
}

/** When the days begin whose security events are told. @param now epoch milliseconds */
export const firstSecurityMoment = (now: number): number =>
  Date.parse(dayOf(now - (securityDays - 1) * dayMs));

function securityItems(t: Translate, { security, now }: Circumstances): AttentionItem[] {
  const from = dayOf(firstSecurityMoment(now));
  return security.map(({ type, count, lastAt }) => {
    const label = t(`adminEvents.types.${type}.label`);
    const often =
      count >= countedAtMost
        ? t('adminOverview.attention.timesOrMore', { count })
        : t('adminOverview.attention.times', { count });
    return {
      tone: 'attention',
      said: t.parts('adminOverview.attention.security', {
        label,
        count: often,
        time: momentOf(t, lastAt, now),
      }),
      link: { url: adminPaths.events({ type, from }), label: t('adminOverview.attention.seeEvents') },
    };
  });
}

/** Without a link, since viewers may not open the page of a client. */
const switchedOffItems = (t: Translate, { switchedOff, now }: Circumstances): AttentionItem[] =>
  switchedOff.map(({ name, offAt }) => ({
    tone: 'broken',
    said: t.parts('adminOverview.attention.switchedOff', {
      client: inOneLine(name),
      time: momentOf(t, offAt, now),
    }),
  }));

const unsteadyItems = (t: Translate, { unsteady, names }: Circumstances): AttentionItem[] =>
  [...unsteady].map(([connection, count]) => ({
    tone: 'attention',
    said: [t('adminOverview.attention.unsteady', { title: names.titleOf(connection), count })],
    link: { url: adminPaths.users({ connection }), label: t('adminOverview.attention.seeUsers') },
  }));

/** What needs an admin now, the most pressing first. */
export function attentionItems(t: Translate, circumstances: Circumstances): AttentionItem[] {
  const items = [
    ...scalekitItems(t, circumstances),
    ...directoryItems(t, circumstances),
    ...connectionItems(t, circumstances),
    ...unsteadyItems(t, circumstances),
    ...mailItems(t, circumstances),
    ...switchedOffItems(t, circumstances),
    ...securityItems(t, circumstances),
    ...webhookItems(t, circumstances),
  ];
  return [...items.filter(({ tone }) => tone === 'broken'), ...items.filter(({ tone }) => tone !== 'broken')];
}
