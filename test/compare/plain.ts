const month = 'January|February|March|April|May|June|July|August|September|October|November|December';

/** What differs from run to run, in the order in which it is looked for, and what stands in its place. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/(?:127\.0\.0\.1|localhost):\d+/g, '<host>'],
  [/\/tmp\/[\w./-]+/g, '<path>'],
  [/cak_[\w-]+/g, '<key>'],
  [/connect=s%[^;\s]+/g, 'connect=<session>'],
  [/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, '<uuid>'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g, '<time>'],
  [/\d{4}-\d\d-\d\d/g, '<day>'],
  [new RegExp(`\\b\\d{1,2} (?:${month})(?: \\d{4})?(?:, \\d\\d:\\d\\d)?`, 'g'), '<date>'],
  [/\b\d\d:\d\d(?= UTC)/g, '<clock>'],
  [/\b[2-9A-HJ-NP-Z]{3}-[2-9A-HJ-NP-Z]{3}\b/g, '<reference>'],
  [/(\/assets\/[\w/+]+)\.[\w-]{10}(?=\.\w+)/g, '$1.<hash>'],
  [/\b1\d{12}\b/g, '<ms>'],
  // Random, signed or sealed: long, with capitals or digits. Names of variables and of fields are none.
  [
    /(?<![\w-])(?!(?:[A-Z\d]+(?:_[A-Z\d]+)+|[a-z]+(?:[A-Z][a-z]+)+)(?![\w-]))(?=[\w-]*[A-Z\d])[\w-]{20,}(?:\.[\w-]{20,})*/g,
    '<token>',
  ],
];

/** A text without what differs from run to run, and without how its lines are indented. */
export const plain = (text: string): string =>
  volatile
    .reduce((left, [pattern, stand]) => left.replace(pattern, stand), text)
    .replace(/^[ \t]+|[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n');
