import {
  allOfText,
  dateText,
  listText,
  momentOf,
  numberText,
  percentText,
  relativeText,
  timeText,
} from '../../../server/words/formats.js';
import { createDictionary, readMessages } from '../../../server/words/words.js';
import { describe, expect, it } from '../../support/jest.js';

const dictionary = createDictionary({ ...readMessages(), de: { 'common.times.utc': '{time} Uhr (UTC)' } });
const english = dictionary.in('en');
const german = dictionary.in('de');
const noon = Date.UTC(2026, 2, 12, 12, 5);

describe('times as a reader sees them', () => {
  it('name the zone, since the reader may live in another one', () => {
    expect(timeText(english, noon, noon + 60_000)).toBe('12:05 UTC');
  });

  it('name the day when it is not today', () => {
    expect(timeText(english, noon, Date.UTC(2026, 2, 13, 0, 1))).toBe('12 March, 12:05 UTC');
  });

  it('name the year when it is not this one', () => {
    expect(dateText(english, noon, Date.UTC(2026, 11, 31))).toBe('12 March');
    expect(dateText(english, noon, Date.UTC(2027, 0, 1))).toBe('12 March 2026');
    expect(timeText(english, noon, Date.UTC(2027, 0, 1))).toBe('12 March 2026, 12:05 UTC');
  });

  it('are written as the language of the reader writes them', () => {
    const later = Date.UTC(2027, 0, 1);
    expect(timeText(german, noon, later)).toBe('12. März 2026, 12:05 Uhr (UTC)');
    expect(timeText(dictionary.in('ar'), noon, later)).toMatch(/^12 مارس 2026، \S*12:05/);
    expect(timeText(dictionary.in('ja'), noon, later)).toMatch(/^2026年3月12日、12:05/);
  });

  it('are told by how far away they are, in the largest unit that fits, before and after', () => {
    const ago = (ms: number) => relativeText(english, noon - ms, noon);
    expect([0, 59_999, 60_000, 7_199_999, 7_200_000].map(ago)).toEqual([
      'just now',
      'just now',
      '1 minute ago',
      '1 hour ago',
      '2 hours ago',
    ]);
    const japanese = relativeText(dictionary.in('ja'), noon - 3 * 86_400_000, noon);
    expect(japanese).toBe('3日前');
    expect([1, 29, 31, 400].map((days) => ago(days * 86_400_000))).toEqual([
      '1 day ago',
      '29 days ago',
      '1 month ago',
      '1 year ago',
    ]);
    expect(relativeText(english, noon + 150_000, noon)).toBe('in 2 minutes');
    expect(relativeText(german, noon - 150_000, noon)).toBe('vor 2 Minuten');
  });

  it('have the exact time beside them', () => {
    expect(momentOf(english, noon, noon + 150_000)).toEqual({
      text: '2 minutes ago',
      iso: '2026-03-12T12:05:00.000Z',
      exact: '12 March 2026 at 12:05:00 UTC',
    });
  });
});

describe('numbers and lists as a reader sees them', () => {
  it('have the separators of their language', () => {
    expect([english, german].map((t) => numberText(t, 12034))).toEqual(['12,034', '12.034']);
  });

  it('say a small share to a tenth, and no other', () => {
    const shares = [0, 0.034, 0.1, 0.5].map((share) => percentText(english, share));
    expect(shares).toEqual(['0%', '3.4%', '10%', '50%']);
  });

  it('have every item', () => {
    const titles = ['Gmail', 'Slack', 'Exa'];
    expect(listText(english, titles)).toBe('Gmail, Slack, Exa');
    expect(allOfText(english, titles)).toBe('Gmail, Slack, and Exa');
    expect(allOfText(german, titles)).toBe('Gmail, Slack und Exa');
    expect([[], ['Gmail']].map((items) => listText(english, items))).toEqual(['', 'Gmail']);
  });
});

describe('lists', () => {
  const { in: speak } = createDictionary();

  it.each([
    ['en', 'Gmail, Slack, Notion'],
    ['ja', 'Gmail、Slack、Notion'],
    ['ar', '\u2068Gmail\u2069، و\u2068Slack\u2069، و\u2068Notion\u2069'],
  ])('that go on have in %s what stands between their items there', (language, text) => {
    expect(listText(speak(language), ['Gmail', 'Slack', 'Notion'])).toBe(text);
  });
});
