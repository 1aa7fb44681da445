import { en } from '../words/texts.js';

const month = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' });
/** Written once: a page of admins says hundreds of dates. */
const months = Array.from({ length: 12 }, (_, number) => month.format(Date.UTC(2000, number)));
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

const sameDay = (a: number, b: number) => Math.floor(a / 86_400_000) === Math.floor(b / 86_400_000);

export const isoTime = (at: number): string => new Date(at).toISOString();

/** `12 March`, with the year when it is not this one. @param at epoch milliseconds */
export function dateText(at: number, now = Date.now()): string {
  const date = new Date(at);
  const day = `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
  const year = date.getUTCFullYear();
  return year === new Date(now).getUTCFullYear() ? day : `${day} ${year}`;
}

/** `14:02 UTC`, with the date when it is not today. @param at epoch milliseconds */
export const timeText = (at: number, now = Date.now()): string => {
  const time = en.times.utc(clock.format(at));
  return sameDay(at, now) ? time : `${dateText(at, now)}, ${time}`;
};

/** `2026-03-12 14:02:05`, for tables, in UTC. @param at epoch milliseconds */
export const stampText = (at: number): string => isoTime(at).slice(0, 19).replace('T', ' ');
