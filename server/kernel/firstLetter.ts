const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const readAlone = /[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]/u;

/** The first character of a name as a reader sees it (UAX #29), whatever it is made of: it stands where there is no logo. */
export function firstLetterOf(name: string): string {
  for (const { segment } of graphemes.segment(name)) {
    if (!readAlone.test(segment)) continue;
    const large = segment.toUpperCase();
    // ß would become two letters.
    return [...graphemes.segment(large)].length === 1 ? large : segment;
  }
  return '·';
}
