import { isoTime } from '../../../server/kernel/times.js';
import { describe, expect, it } from '../../support/jest.js';

const noon = Date.UTC(2026, 2, 12, 12, 5);

describe('times that are the same in every language', () => {
  it('are ISO 8601 for programs', () => {
    expect(isoTime(noon)).toBe('2026-03-12T12:05:00.000Z');
  });
});
