import { en } from './texts.js';

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' });
const dayAndYear = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

const sameYear = (a: number, b: number) => new Date(a).getUTCFullYear() === new Date(b).getUTCFullYear();
const sameDay = (a: number, b: number) => Math.floor(a / 86_400_000) === Math.floor(b / 86_400_000);

export const isoTime = (at: number): string => new Date(at).toISOString();

/** `12 March`, with the year when it is not this one. @param at epoch milliseconds */
export const dateText = (at: number, now = Date.now()): string =>
  (sameYear(at, now) ? day : dayAndYear).format(at);

/** `14:02 UTC`, with the date when it is not today. @param at epoch milliseconds */
export const timeText = (at: number, now = Date.now()): string => {
  const time = en.times.utc(clock.format(at));
  return sameDay(at, now) ? time : `${dateText(at, now)}, ${time}`;
};

/** `2026-03-12 14:02:05`, for tables, in UTC. @param at epoch milliseconds */
export const stampText = (at: number): string => isoTime(at).slice(0, 19).replace('T', ' ');
