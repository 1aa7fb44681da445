import { readFile } from 'node:fs/promises';
import { wcagContrast } from 'culori';
import {
  accentNotes,
  accentStyle,
  accentTokens,
  contrastOn,
  grounds,
  themes,
} from '../../../server/brand/accent.js';
import { describe, expect, it } from '../../support/jest.js';

const steps = ['00', '33', '66', '99', 'cc', 'ff'];
/** The colours of a cube, from black to white. */
const cube = steps.flatMap((red) => steps.flatMap((green) => steps.map((blue) => `#${red}${green}${blue}`)));
const difficult = [
  'white',
  '#ff0',
  'lime',
  '#777',
  'oklch(75% 0.4 150)',
  'hsl(60 100% 97%)',
  'rgb(255 0 255)',
];

describe('the colours that an accent becomes', () => {
  it.each([...difficult, ...cube])('can be read in both themes, of %s', (text) => {
    const tokens = accentTokens(text);
    if (tokens === null) throw new Error('it is no colour');
    const { accent, accentHover, onAccent, accentInk, accentEdge } = tokens;
    expect(wcagContrast(accent, onAccent)).toBeGreaterThanOrEqual(4.5);
    expect(wcagContrast(accentHover, onAccent)).toBeGreaterThanOrEqual(4.5);
    // A light colour stays a colour under the pointer.
    if (text !== 'white') expect(accentHover).not.toBe('#ffffff');
    expect(accentHover).not.toBe(accent);
    for (const theme of themes) {
      expect(contrastOn(theme, accentInk[theme])).toBeGreaterThanOrEqual(4.5);
      expect(contrastOn(theme, accentEdge[theme])).toBeGreaterThanOrEqual(3);
    }
  });

  it('are held against every ground that the style sheet of the app has', async () => {
    const style = await readFile(new URL('../../../public/css/app.css', import.meta.url), 'utf8');
    const declared = [
      ...style.matchAll(/--(?:canvas|surface|sunken|hover|\w+-soft): light-dark\((#\w+), (#\w+)\);/g),
    ];
    expect(declared.length).toBeGreaterThanOrEqual(7);
    expect(new Set<string>(grounds.light)).toEqual(new Set(declared.map(([, light]) => light)));
    expect(new Set<string>(grounds.dark)).toEqual(new Set(declared.map(([, , dark]) => dark)));
  });

  it('are the operator’s own where they can be', () => {
    const tokens = accentTokens('#0a5c4e');
    expect(tokens).toMatchObject({ accent: '#0a5c4e', onAccent: '#ffffff' });
    expect(tokens?.accentInk.light).toBe('#0a5c4e');
    expect(tokens && accentNotes(tokens)).toEqual([
      expect.stringMatching(/^the accent #0a5c4e is #[\da-f]{6} as text on dark pages, to be readable$/),
    ]);
  });

  it.each([
    '',
    'blurple',
    '#12',
    'rgba(0 0 0 / 50%)',
    'transparent',
    'url(x)',
    'red;}body{display:none',
    'var(--x)',
  ])('are none of %s', (text) => expect(accentTokens(text)).toBeNull());

  it('make a style sheet of nothing but colours', () => {
    const tokens = accentTokens('rebeccapurple');
    expect(tokens && accentStyle(tokens).replace(/#[\da-f]{6}/g, '#')).toMatch(/^[\w\s#:;{}()@-]+$/);
  });
});
