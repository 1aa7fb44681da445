import { describe, expect, it } from '@jest/globals';
import { dateText, isoTime, timeText } from '../../../server/kernel/times.js';

const noon = Date.UTC(2026, 2, 12, 12, 5);

describe('times as a reader sees them', () => {
  it('name the zone, since the reader may live in another one', () => {
    expect(timeText(noon, noon + 60_000)).toBe('12:05 UTC');
  });

  it('name the day when it is not today', () => {
    expect(timeText(noon, Date.UTC(2026, 2, 13, 0, 1))).toBe('12 March, 12:05 UTC');
  });

  it('name the year when it is not this one', () => {
    expect(dateText(noon, Date.UTC(2026, 11, 31))).toBe('12 March');
    expect(dateText(noon, Date.UTC(2027, 0, 1))).toBe('12 March 2026');
    expect(timeText(noon, Date.UTC(2027, 0, 1))).toBe('12 March 2026, 12:05 UTC');
  });

  it('are ISO 8601 for programs', () => {
    expect(isoTime(noon)).toBe('2026-03-12T12:05:00.000Z');
  });
});
