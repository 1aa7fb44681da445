import { inOneLine, plainName, unlistedTitle } from '../../../server/kernel/plainText.js';
import { attacks, describe, expect, it } from '../../support/jest.js';

describe('a name', () => {
  it.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['  J.R.R. Tolkien ', 'J.R.R. Tolkien'],
    ['José Ñandú-李', 'José Ñandú-李'],
    ["Miles O'Brien", "Miles O'Brien"],
    ['Win at evil.example', 'Win at evil example'],
    ['https://evil.example/a?b', 'https evil example a b'],
    ['Ada\u202e\u2066\u0007 x', 'Ada x'],
    ['a@b.cc', 'a b.cc'],
    ['x'.repeat(200), 'x'.repeat(80)],
    ['👩🏽‍💻 Ada ❤️‍🔥', '👩🏽‍💻 Ada ❤️‍🔥'],
    ['می‌خواهم', 'می‌خواهم'],
    ['A\u200dda L\u00adove\u{e0061}', 'A da L ove'],
    ['Sales & Support, R&D', 'Sales & Support, R D'],
    ['<>', null],
    ['', null],
    [42, null],
    [undefined, null],
  ])('%j is shown as %j', (told, shown) => {
    attacks('clean-names');
    expect(plainName(told)).toBe(shown);
  });
});

describe('a text in one line', () => {
  it.each([
    ['Read files: https://example.com/a & more', 'Read files: https://example.com/a & more'],
    [' one\ntwo\u202e\u0007 ', 'one two'],
    ['\u2066\u200b', ''],
  ])('%j is shown as %j', (told, shown) => {
    expect(inOneLine(told)).toBe(shown);
  });
});

describe('the title of what nobody lists', () => {
  it.each([
    ['slack-prod', 'slack-prod'],
    ['a: b', 'a b'],
    ['\u202elive', 'live'],
    ['::', '::'],
  ])('%j is %j', (name, title) => {
    expect(unlistedTitle(name)).toBe(title);
  });
});
