import { eventMillis, toEventTime } from '../../../server/webhooks/eventTime.js';
import { describe, expect, it } from '../../support/jest.js';

describe('the time of an event', () => {
  it.each([
    ['2026-08-01T10:00:00Z', '2026-08-01T10:00:00.000000000Z'],
    ['2026-08-01T10:00:00.5Z', '2026-08-01T10:00:00.500000000Z'],
    ['2026-08-01T10:00:00.123456789Z', '2026-08-01T10:00:00.123456789Z'],
    ['2026-08-01T10:00:00.1234567891234Z', '2026-08-01T10:00:00.123456789Z'],
    ['2026-08-01T12:00:00.25+02:00', '2026-08-01T10:00:00.250000000Z'],
    ['2026-08-01t10:00:00z', '2026-08-01T10:00:00.000000000Z'],
    ['2026-13-01T10:00:00Z', null],
    ['2026-08-01', null],
    ['yesterday', null],
    ['', null],
  ])('of %s is %s', (text, expected) => {
    expect(toEventTime(text)).toBe(expected);
  });

  it('is the greater text when it is later by a nanosecond', () => {
    const earlier = toEventTime('2026-08-01T10:00:00.12Z') ?? '';
    const later = toEventTime('2026-08-01T10:00:00.120000001Z') ?? '';
    expect(later > earlier).toBe(true);
    expect(eventMillis(later)).toBe(Date.UTC(2026, 7, 1, 10, 0, 0, 120));
  });
});
