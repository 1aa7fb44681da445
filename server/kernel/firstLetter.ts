/** Made when it is needed: it takes longer than all else that the app does when it starts. */
let segmenter: Intl.Segmenter | null = null;

function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

const readAlone = /[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]/u;

/** The first character of a name as a reader sees it (UAX #29), whatever it is made of: it stands where there is no logo. */
export function firstLetterOf(name: string): string {
  for (const { segment } of graphemesOf(name)) {
    if (!readAlone.test(segment)) continue;
    const large = segment.toUpperCase();
    // ß would become two letters.
    return [...graphemesOf(large)].length === 1 ? large : segment;
  }
  return '·';
}
