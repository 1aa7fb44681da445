import { withoutUnseen } from '../../../server/kernel/unseen.js';
import { describe, expect, it } from '../../support/jest.js';

describe('a text without what cannot be seen', () => {
  it.each([
    ['an emoji of several', '👩‍👩‍👧‍👦'],
    ['an emoji with a colour of skin', '👩🏽‍💻'],
    ['an emoji with a selector', '🏳️‍🌈 and ❤️‍🔥'],
    ['signs drawn as emoji', '©️ 1️⃣'],
    ['a name with a variant of a Han character', '葛\u{e0100}城'],
    ['Mongolian with a selector', 'ᠠ\u180bᠨ'],
    ['Persian with a non-joiner', 'می‌خواهم'],
    ['Sinhala with a joiner', 'ශ්‍රී ලංකා'],
    ['Hindi with a joiner and a non-joiner', 'क्‍ष क्‌ष'],
    ['what is written from right to left', 'דנה לוי'],
  ])('keeps %s', (_, text) => {
    expect(withoutUnseen(text)).toBe(text);
  });

  it.each([
    ['a direction override', 'a\u202eb', 'a b'],
    ['isolates and marks, also between letters that join', 'م\u2066\u200f\u061cی', 'م ی'],
    ['a joiner between Latin letters', 'a\u200db\u200cc', 'a b c'],
    ['a joiner at an end', '\u200cمی\u200d', ' می '],
    ['a joiner beside a mark that is taken away', 'م\u200c\u202eی', 'م ی'],
    ['a joiner after an emoji alone', '👩\u200da', '👩 a'],
    ['tags, soft hyphens and blanks of no width', '🏴\u{e0067}\u{e007f}\u00ad\u200b\u2060\ufeffx', '🏴 x'],
    ['selectors of nothing', 'a\ufe0fb\u{e0100}1\ufe0fc', 'a b 1 c'],
    ['fillers', 'a\u034fb\u115fc\u3164d\u17b4e\u2800f', 'a b c d e f'],
    ['line breaks, controls and halves of a character', 'a\r\n\0\u2028\ud83eb', 'a b'],
  ])('has a blank for %s', (_, text, shown) => {
    expect(withoutUnseen(text)).toBe(shown);
  });
});
