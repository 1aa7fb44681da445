import { clampChroma, converter, formatHex, type Oklch, parse, wcagContrast } from 'culori';

/** The grounds that stand behind text, as `public/css/app.css` has them. */
export const grounds = {
  light: ['#fafafb', '#ffffff', '#f3f3f5', '#eaf6ef', '#fdf4e3', '#fdf0ee'],
  dark: ['#0e0f12', '#17181c', '#1e2025', '#23252b', '#14261c', '#2b2213', '#331a18'],
} as const;

export const themes = ['light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** WCAG 2.2, 1.4.3 and 1.4.11. */
const leastContrast = { text: 4.5, edge: 3 } as const;

/** In lightness, from 0 to 1. */
const hoverStep = 0.06;

/** What stands on the accent, the first that can be read. Black is the last, since on every colour it or white can. */
const onAccents = ['#ffffff', '#17181c', '#000000'];

/** The colours that an accent becomes, each `#rrggbb`. */
export interface AccentTokens {
  /** Fills, as the operator gave it. */
  readonly accent: string;
  readonly accentHover: string;
  readonly onAccent: string;
  /** Text and focus rings, by theme. */
  readonly accentInk: Readonly<Record<Theme, string>>;
  /** Around fills, by theme. */
  readonly accentEdge: Readonly<Record<Theme, string>>;
}

const toOklch = converter('oklch');

/** The nearest colour that a screen shows. */
const hexOf = (color: Oklch): string => formatHex(clampChroma(color, 'oklch'));

/** The least contrast of a colour on the grounds of a theme. */
export const contrastOn = (theme: Theme, color: string): number =>
  Math.min(...grounds[theme].map((ground) => wcagContrast(color, ground)));

/** The colour itself where it can be told from every ground of the theme, else the nearest lightness of it that can. */
function readable(color: Oklch, theme: Theme, least: number): string {
  const step = theme === 'light' ? -0.01 : 0.01;
  for (let lightness = color.l; lightness >= 0 && lightness <= 1; lightness += step) {
    const candidate = hexOf({ ...color, l: lightness });
    if (contrastOn(theme, candidate) >= least) return candidate;
  }
  return theme === 'light' ? '#000000' : '#ffffff';
}

const inBoth = (make: (theme: Theme) => string) => ({ light: make('light'), dark: make('dark') });

/**
 * The colours of the pages, made of the operator's one, so that everything can be read in both themes.
 * @param text any colour of CSS (CSS Color 4)
 * @returns null when it is no colour, or one that can be seen through
 */
export function accentTokens(text: string): AccentTokens | null {
  const parsed = parse(text.trim());
  if (parsed === undefined || (parsed.alpha ?? 1) < 1) return null;
  const color = toOklch(parsed);
  const accent = hexOf(color);
  const onAccent =
    onAccents.find((candidate) => wcagContrast(candidate, accent) >= leastContrast.text) ?? '#000000';
  // Away from what stands on it where there is room: what is as light as can be gets darker.
  const away = color.l + (onAccent === '#ffffff' ? -hoverStep : hoverStep);
  const lightness = away < 0 || away > 1 ? 2 * color.l - away : away;
  return {
    accent,
    onAccent,
    accentHover: hexOf({ ...color, l: lightness }),
    accentInk: inBoth((theme) => readable(color, theme, leastContrast.text)),
    accentEdge: inBoth((theme) => readable(color, theme, leastContrast.edge)),
  };
}

/** What had to be changed so that it can be read, in words for the operator. */
export const accentNotes = ({ accent, accentInk }: AccentTokens): string[] =>
  themes
    .filter((theme) => accentInk[theme] !== accent)
    .map((theme) => `the accent ${accent} is ${accentInk[theme]} as text on ${theme} pages, to be readable`);

/** The style sheet of the brand, to stand after that of the app. Nothing of it is the operator's text. */
export function accentStyle({ accent, accentHover, onAccent, accentInk, accentEdge }: AccentTokens): string {
  const ofTheme = (theme: Theme) =>
    `--accent-ink: ${accentInk[theme]};\n  --accent-edge: ${accentEdge[theme]};`;
  // Where the system forces colours, its own stay.
  return `@media (forced-colors: none) {
:root {
  --accent: ${accent};
  --accent-hover: ${accentHover};
  --on-accent: ${onAccent};
  ${ofTheme('light')}
}
}
@media (forced-colors: none) and (prefers-color-scheme: dark) {
:root {
  ${ofTheme('dark')}
}
}
`;
}
