import { identifierFault, identifierMaxLength } from '../../../server/kernel/identifier.js';
import { checkIdentifier } from '../../../server/scalekit/callArguments.js';
import { describe, expect, it } from '../../support/jest.js';

const good = [
  'ada@example.com',
  '42',
  'a b',
  "o'brien",
  '"quoted"',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '𝒜da 🦊',
  '👩‍💻 at work',
  '👩🏽‍💻',
  '🏳️‍🌈',
  '❤️‍🔥 ©️ 1️⃣ 🇬🇧',
  '👩‍👩‍👧‍👦',
  '...',
  '.ada',
  'ada.',
  'a/..',
  './',
  'אבג',
  'ünïcödé',
  '%00',
  '__proto__',
  'x'.repeat(100),
  '🦊'.repeat(100),
];

describe('an identifier that is accepted', () => {
  it.each(good)('%s', (value) => {
    expect(identifierFault(value)).toBeNull();
  });

  it.each(good)('is accepted by the gateway too: %s', (value) => {
    expect(() => checkIdentifier('listConnectedAccounts', value)).not.toThrow();
  });
});

describe('an identifier that is refused', () => {
  it.each(['', ' ', '\t\n', '\u00a0', '\ufeff', '\u3000'])('blank: %j', (value) => {
    expect(identifierFault(value)).toBe('blank');
  });

  it.each([' ada', 'ada ', 'ada\n', '\u00a0ada', 'ada\ufeff', 'ada\u2028'])('untrimmed: %j', (value) => {
    expect(identifierFault(value)).toBe('untrimmed');
  });

  it.each(['x', '🦊'])('too long, counted in characters: 101 of %s', (character) => {
    expect(identifierFault(character.repeat(identifierMaxLength + 1))).toBe('too_long');
  });

  // As a part of an address a browser takes them away, however they are encoded.
  it.each(['.', '..'])('dots alone: %s', (value) => {
    expect(identifierFault(value)).toBe('dots');
  });

  it.each([
    ['NUL', 'a\0b'],
    ['a tab', 'a\tb'],
    ['a line break', 'a\nb'],
    ['DEL', 'a\u007fb'],
    ['the next-line control', 'a\u0085'],
    ['a lone high surrogate', 'a\ud83e'],
    ['a lone low surrogate', '\udd8aa'],
    ['a right-to-left override', 'a\u202eb'],
    ['a left-to-right mark', 'a\u200eb'],
    ['an Arabic letter mark', 'a\u061cb'],
    ['a direction isolate', 'a\u2066b'],
    ['a zero-width space', 'a\u200bb'],
    ['a soft hyphen', 'a\u00adb'],
    ['a joiner that joins nothing', 'a\u200db'],
    ['a line separator', 'a\u2028b'],
    ['a variation selector', 'ada\ufe0f'],
    ['a selector after a digit', '1\ufe0f'],
    ['a selector that changes nothing', '😀\ufe0f'],
    ['a second selector', '❤\ufe0f\ufe0f'],
    ['a selector of the supplement', 'a\u{e0100}'],
    ['a grapheme joiner', 'a\u034fb'],
    ['a Hangul filler', 'a\u115f'],
    ['a wide Hangul filler', 'ada\u3164'],
    ['a Mongolian selector', 'a\u180bb'],
    ['a Khmer vowel that is not drawn', 'a\u17b4'],
    ['an empty Braille cell', 'ada\u2800'],
    ['tags after a flag', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
    ['a joiner between drawings that are not one', '😀\u200d😀'],
    ['a joiner between signs', '©\u200d™'],
    ['halves of a character around a drawing', '\ud83d😀\ude00'],
    ['what stands for bytes that are no text', 'a\ufffdb'],
  ])('odd characters: %s', (_, value) => {
    expect(identifierFault(value)).toBe('odd_characters');
  });
});
