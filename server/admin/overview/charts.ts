import type { Translate } from '../../words/words.js';
import { type ConnectionTotals, drawnStates } from './figures.js';

/** Two digits after the point are finer than any screen. */
const round = (value: number): number => Math.round(value * 100) / 100;

/** The least that is drawn of anything that there is, in percent of the whole, so that it can be seen. */
const leastShown = 0.6;

/** The parts of a bar in percent, from left to right. They add up to 100, and no part that exists is too small to see. */
export function sharesOf(counts: readonly number[]): { at: number; width: number }[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const raw = counts.map((count) => (count === 0 ? 0 : Math.max(leastShown, (100 * count) / total)));
  const sum = raw.reduce((all, width) => all + width, 0);
  let at = 0;
  return raw.map((width) => {
    const part = { at: round(at), width: sum === 0 ? 0 : round((100 * width) / sum) };
    at += sum === 0 ? 0 : (100 * width) / sum;
    return part;
  });
}

/** A connection's accounts as one bar. */
export function stackedBar(t: Translate, { byState }: ConnectionTotals) {
  const shares = sharesOf(drawnStates.map((state) => byState[state]));
  const parts = drawnStates.map((state, index) => ({
    state,
    at: shares[index]?.at ?? 0,
    width: shares[index]?.width ?? 0,
    text: t('adminOverview.accounts.part', { state: t(`admin.states.${state}`), count: byState[state] }),
  }));
  const drawn = parts.filter(({ width }) => width > 0);
  return { parts: drawn, label: drawn.map(({ text }) => text).join(', ') };
}

/** The units that a chart of days is drawn in. */
const barStep = 10;
const barHeight = 56;

/** A bar for each day, as high as its share of the highest. */
export function dayBars(values: readonly number[]) {
  const highest = Math.max(0, ...values);
  return {
    width: values.length * barStep,
    height: barHeight,
    highest,
    bars: values.map((value, index) => {
      const height = value === 0 ? 1 : Math.max(3, Math.round((barHeight * value) / highest));
      return {
        at: index * barStep + 1,
        top: barHeight - height,
        width: barStep - 2,
        height,
        isZero: value === 0,
      };
    }),
  };
}

/** A step of the funnel as a share of those that started, in percent. */
export const stepWidth = (count: number, started: number): number =>
  count === 0 ? 0 : round(Math.min(100, Math.max(leastShown, (100 * count) / Math.max(1, started))));
