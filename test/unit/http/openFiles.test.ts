import { openFileLimit, warnOfFewFiles } from '../../../server/http/openFiles.js';
import { describe, expect, it } from '../../support/jest.js';

/** As Linux writes it. */
const limits = (files: string) =>
  [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max processes             31191                31191                processes ',
    `Max open files            ${files.padEnd(20)} ${files.padEnd(20)} files     `,
    'Max locked memory         67108864             67108864             bytes     ',
  ].join('\n');

function warningsFor(text?: string): string[] {
  const warnings: string[] = [];
  warnOfFewFiles({ warn: (_, message) => warnings.push(message) }, text);
  return warnings;
}

describe('the limit of open files', () => {
  it.each([
    ['1024', 1024],
    ['1048576', 1_048_576],
    ['unlimited', null],
  ])('is read where it is %s', (files, expected) => {
    expect(openFileLimit(limits(files))).toBe(expected);
  });

  it('is warned about in words when it is low, and not when it is enough, or not told', () => {
    expect(warningsFor(limits('1024'))).toEqual([
      expect.stringMatching(/^this process may open 1024 files.*at least 4096 \(LimitNOFILE/),
    ]);
    expect(warningsFor(limits('4096'))).toEqual([]);
    expect(warningsFor(limits('unlimited'))).toEqual([]);
    expect(warningsFor('')).toEqual([]);
  });
});
