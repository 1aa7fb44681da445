import type { Translate } from './words.js';

/** What writes something in one language. It is made once for each, since making it costs far more than using it. */
function forEach<Format>(create: (t: Translate) => Format): (t: Translate) => Format {
  const formats = new Map<string, Format>();
  return (t) => {
    const format = formats.get(t.language) ?? create(t);
    formats.set(t.language, format);
    return format;
  };
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

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
const relative = forEach(({ locale }) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
const number = forEach(({ locale }) => new Intl.NumberFormat(locale));
const percent = forEach(({ locale }) => new Intl.NumberFormat(locale, { style: 'percent' }));
const finePercent = forEach(
  ({ locale }) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }),
);
const enumeration = forEach(({ locale }) => new Intl.ListFormat(locale, { type: 'unit', style: 'short' }));
/** With a comma before “and”. */
const conjunction = forEach(({ language }) => new Intl.ListFormat(language, { type: 'conjunction' }));

const dayOf = (at: number) => Math.floor(at / dayMs);

/** `12 March`, with the year when it is not this one. @param at epoch milliseconds */
export function dateText(t: Translate, at: number, now = Date.now()): string {
  const isThisYear = new Date(at).getUTCFullYear() === new Date(now).getUTCFullYear();
  return (isThisYear ? dayMonth : dayMonthYear)(t).format(at);
}

/** `14:02 UTC`, with the date when it is not today. @param at epoch milliseconds */
export function timeText(t: Translate, at: number, now = Date.now()): string {
  const time = t('common.times.utc', { time: clock(t).format(at) });
  return dayOf(at) === dayOf(now) ? time : `${dateText(t, at, now)}, ${time}`;
}

/**
 * `3 minutes ago`, `yesterday`, and the date from a week on. It is true wherever its reader is.
 * @param at epoch milliseconds; a time to come, by a clock that is wrong, is now
 */
export function agoText(t: Translate, at: number, now = Date.now()): string {
  const ageMs = Math.max(0, now - at);
  const [unit, unitMs] =
    ageMs < hourMs
      ? (['minute', minuteMs] as const)
      : ageMs < dayMs
        ? (['hour', hourMs] as const)
        : (['day', dayMs] as const);
  if (ageMs < minuteMs) return t('common.times.justNow');
  return ageMs < 7 * dayMs ? relative(t).format(-Math.floor(ageMs / unitMs), unit) : dateText(t, at, now);
}

/** `12,034` */
export const numberText = (t: Translate, value: number): string => number(t).format(value);

/** `12%`, and `3.4%` where a whole number would say too little. @param share from 0 to 1 */
export const percentText = (t: Translate, share: number): string =>
  (share > 0 && share < 0.1 ? finePercent : percent)(t).format(share);

/** `Gmail, Slack, Notion` */
export const listText = (t: Translate, items: readonly string[]): string => enumeration(t).format(items);

/** `Gmail, Slack, and Notion` */
export const allOfText = (t: Translate, items: readonly string[]): string => conjunction(t).format(items);
