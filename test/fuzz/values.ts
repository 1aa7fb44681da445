import fc from 'fast-check';

/*
 * Values that no client of good will sends. They hold marks, for which a request puts its own: what comes back of a request is known
 * by it, and so is what the log has of it.
 */

/** Stands for the mark of the request, wherever that must neither be logged nor shown as it is. */
export const mark = 'ZQMARKED';
/** The same in a path, which the log does keep. */
export const markInPath = 'ZQINPATH';

/** Behind a mark: what would be markup or the end of an attribute, if it came back as it is. */
const markup = ['~<script>alert(1)</script>', '~"onmouseover="alert(1)', "~'><img src=x onerror=1>"];

/** All of it, each behind a mark. */
export const allMarkup = ['<', '"', "'", '>'].map((character) => `${mark}~${character}x`).join('');

/** What must never follow a mark in a page. */
export const unescaped = /^~[<>"']/;

/** The name of a header that no answer has, unless a line break came through. */
export const injected = 'zq-injected';

const elsewhere = [
  `//${mark}.example/`,
  `/\\${mark}.example`,
  `https://${mark}.example/x`,
  `https:${mark}.example`,
  `/\t/${mark}.example`,
  `javascript:${mark}`,
  `/${mark}/..//${mark}.example`,
];

const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'length', 'then'];

const odd = [
  '',
  ' ',
  '\0',
  `${mark}\0`,
  '\t\n',
  `x\r\n${injected}: ${mark}`,
  `${mark}\u202E\u2066gnp.exe`,
  `\uD800${mark}`,
  '\uDFFF',
  '\uFFFD',
  '\uFEFF',
  '\u2028\u2029\u0085',
  'é\u0301'.repeat(40),
  '👩‍👩‍👧‍👦',
  'İıſK',
  '../../../../etc/passwd',
  '..',
  '.',
  '%',
  '%ZZ',
  '%00',
  '%C0%80',
  "' or 1=1 --",
  '\\',
  '%_\\%',
  '*',
  '{mark, plural, other {x}}',
  '<%= process.env %>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what a template would fill in
  '${7*7}',
  '[object Object]',
  'null',
  'undefined',
  '{"$ne":null}',
];

const numbers = [
  '0',
  '-1',
  '1.5',
  '1e309',
  '-1e309',
  'NaN',
  'Infinity',
  '0x10',
  '9007199254740993',
  '99999999999999999999999',
  '9007199254740993.x',
  '1.',
  '-1.obs_x',
  '1e400.x',
];
const times = [
  '2026-02-31',
  '9999-12-31',
  '0000-00-00',
  '275760-09-14',
  '-271821-04-19',
  '2026-02-28T25:61:61Z',
];

const long = [101, 401, 513, 2049, 5000].map((length) => mark + 'x'.repeat(length));

/** A text that does not fit. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...markup).map((end) => mark + end) },
  { weight: 4, arbitrary: fc.constantFrom(...odd) },
  { weight: 2, arbitrary: fc.constantFrom(...elsewhere) },
  { weight: 1, arbitrary: fc.constantFrom(...names) },
  { weight: 2, arbitrary: fc.constantFrom(...numbers, ...times) },
  { weight: 1, arbitrary: fc.constantFrom(...long) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 110 }) },
);

/** A key of an object, a form or a query that nobody asked for. */
export const hostileName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...names, '', '[]', 'a[b][c]'),
  hostileText,
);

/** A text in percent-encoding, whatever it holds. */
export const encoded = (text: string): string =>
  [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

/** Percent-encoding that is broken, or says what a path may not, and characters that no address has. */
const brokenCoding = [
  '%',
  '%ZZ',
  '%C0%80',
  '%E0%A4%A',
  '%ED%A0%80',
  '%F8%88%80%80%80',
  '%FF%FE',
  '%u0041',
  '%00',
  '%2F',
  '%2e%2e%2f%2e%2e',
  '%5C..%5C',
  '%250a',
  '%0d%0aZq-Injected:%20x',
  '..',
  '.',
  ';',
  ':name',
  '"<>`{}|^',
  "'",
  '\\..\\',
];

/** One part of a path. */
export const hostilePart: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...brokenCoding),
  fc.constantFrom(...brokenCoding).map((end) => markInPath + end),
  hostileText.map((text) => encoded(text.replaceAll(mark, markInPath))),
  fc.constantFrom(3000, 9000).map((length) => 'x'.repeat(length)),
);

/** The value of a parameter of a query or a field of a form, as it is sent. */
export const hostileValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...brokenCoding.map((text) => text.replaceAll('"<>`', ''))) },
  { weight: 5, arbitrary: hostileText.map(encoded) },
);

/** A value of a header: any bytes but those that end it. */
export const hostileHeader: fc.Arbitrary<string> = fc.oneof(
  hostileText.map((text) =>
    Buffer.from(text, 'utf8')
      .toString('latin1')
      .replace(/[\r\n\0]/g, ' '),
  ),
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
);

/** Any JSON, and more of it than anybody sends. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: hostileText },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(null, true, false, 0, -1, 1e308, 2 ** 53, 0.1, [], {}, [[]], ''),
  },
  { weight: 1, arbitrary: hostileText.map((text) => [text]) },
  { weight: 1, arbitrary: hostileText.map((text) => ({ [text]: text })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...names).map((name) => JSON.parse(`{"${name}":{"x":"${mark}"}}`)),
  },
  { weight: 1, arbitrary: fc.constantFrom(30, 2000).map(nested) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

function nested(depth: number): unknown {
  let value: unknown = mark;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { x: value };
  return value;
}
