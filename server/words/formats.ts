import { isoTime } from '../kernel/times.js';
import { isolated, type Moment, type Translate } from './words.js';

/** What writes something in one language. It is made once for each, since making it costs far more than using it. */
function forEach<Format>(create: (t: Translate) => Format): (t: Translate) => Format {
  const formats = new Map<string, Format>();
  return (t) => {
    const format = formats.get(t.language) ?? create(t);
    formats.set(t.language, format);
    return format;
  };
}

/** Dates and times are those of UTC, since a server does not know where its reader is. */
const timeZone = 'UTC';
const dayMonth = forEach(
  ({ locale }) => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', timeZone }),
);
const dayMonthYear = forEach(
  ({ locale }) =>
    new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric', timeZone }),
);
const clock = forEach(
  ({ locale }) => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', timeZone }),
);
const exact = forEach(
  ({ locale }) => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'long', timeZone }),
);
/** Not “yesterday”, which depends on where midnight is. */
const relative = forEach(({ locale }) => new Intl.RelativeTimeFormat(locale));
const number = forEach(({ locale }) => new Intl.NumberFormat(locale));
const percent = forEach(({ locale }) => new Intl.NumberFormat(locale, { style: 'percent' }));
const finePercent = forEach(
  ({ locale }) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }),
);
/** What stands between the items of a list that goes on: Japanese has nothing but a blank between units. */
const between = forEach(({ locale }) => {
  const separators = (['unit', 'conjunction'] as const).flatMap((type) =>
    new Intl.ListFormat(locale, { type, style: 'short' })
      .formatToParts(['a', 'b', 'c'])
      .flatMap((part) => (part.type === 'literal' ? [part.value] : [])),
  );
  return separators.find((separator) => separator.trim() !== '') ?? ', ';
});
/** The comma of it alone: Arabic has “and” after each. */
const comma = (t: Translate) => /^\p{P}\s*/u.exec(between(t))?.[0] ?? ', ';
/** With a comma before “and”. */
const conjunction = forEach(({ language }) => new Intl.ListFormat(language, { type: 'conjunction' }));

const dayOf = (at: number) => Math.floor(at / 86_400_000);

/** `12 March`, with the year when it is not this one. @param at epoch milliseconds */
export function dateText(t: Translate, at: number, now = Date.now()): string {
  const isThisYear = new Date(at).getUTCFullYear() === new Date(now).getUTCFullYear();
  return (isThisYear ? dayMonth : dayMonthYear)(t).format(at);
}

/** `14:02 UTC`, with the date when it is not today. @param at epoch milliseconds */
export function timeText(t: Translate, at: number, now = Date.now()): string {
  const time = t('common.times.utc', { time: clock(t).format(at) });
  return dayOf(at) === dayOf(now) ? time : dateText(t, at, now) + comma(t) + time;
}

/** From which distance on each unit tells best, in milliseconds. */
const units = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `2 minutes ago`, `in 3 days`, and `just now` within the same minute. @param at epoch milliseconds */
export function relativeText(t: Translate, at: number, now = Date.now()): string {
  const found = units.find(([, least]) => Math.abs(at - now) >= least);
  if (found === undefined) return t('common.times.justNow');
  const [unit, length] = found;
  const text = relative(t).format(Math.trunc((at - now) / length), unit);
  // Japanese has no blank between a figure and what it counts; the data of `Intl` have one.
  return text.replace(/(\d) (?=\p{Script=Han}|\p{Script=Katakana})/u, '$1');
}

/** A time as a page shows it. @param at epoch milliseconds */
export const momentOf = (t: Translate, at: number, now = Date.now()): Moment => ({
  text: relativeText(t, at, now),
  iso: isoTime(at),
  exact: exact(t).format(at),
});

/** `12,034` */
export const numberText = (t: Translate, value: number): string => number(t).format(value);

/** `12%`, and `3.4%` where a whole number would say too little. @param share from 0 to 1 */
export const percentText = (t: Translate, share: number): string =>
  (share > 0 && share < 0.1 ? finePercent : percent)(t).format(share);

const isolatedItems = ({ direction }: Translate, items: readonly string[]) =>
  items.map((item) => isolated(item, direction));

/** `Gmail, Slack, Notion` */
export const listText = (t: Translate, items: readonly string[]): string =>
  isolatedItems(t, items).join(between(t));

/** `Gmail, Slack, and Notion` */
export const allOfText = (t: Translate, items: readonly string[]): string =>
  conjunction(t).format(isolatedItems(t, items));

/** Sentences that follow each other. Japanese has no blank between them. */
export const inOneText = ({ language }: Translate, sentences: readonly string[]): string =>
  sentences.join(language === 'ja' ? '' : ' ');
