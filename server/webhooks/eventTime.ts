const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i;

/**
 * The time of an event in a form in which the later one is the greater text: UTC with nine digits after the
 * second, since Scalekit's times have nanoseconds and a number of JavaScript has not.
 * @param text as in RFC 3339
 * @returns null for what is no time
 */
export function toEventTime(text: string): string | null {
  const [, seconds, fraction = '', zone] = rfc3339.exec(text) ?? [];
  const millis = Date.parse(`${seconds}${zone?.toUpperCase()}`);
  if (Number.isNaN(millis)) return null;
  return `${new Date(millis).toISOString().slice(0, 19)}.${fraction.slice(0, 9).padEnd(9, '0')}Z`;
}

/** Epoch milliseconds, rounded down. */
export const eventMillis = (time: string): number => Date.parse(`${time.slice(0, 23)}Z`);
