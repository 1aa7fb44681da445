import { type Figure, type Goal, median } from './figures.js';
import type { ServerProcess } from './processes.js';

/** One of two servers that are compared. */
export interface Contender {
  readonly server: ServerProcess;
  /** Has the server answer. @returns how often it did */
  answer(round: number): Promise<number>;
  /** Waits until the server has done what it put off. That is not measured. */
  settle?(): Promise<void>;
}

export interface Comparison {
  /** What the app answers. */
  readonly what: string;
  readonly rounds: number;
  readonly goal: Goal;
}

/** What one answer takes of the processors, in milliseconds; and how many are answered in a second. */
async function measureOnce({ server, answer }: Contender, round: number) {
  const [cpuBefore, began] = [await server.cpuMs(), performance.now()];
  const answers = await answer(round);
  const seconds = (performance.now() - began) / 1000;
  return { cpuMs: ((await server.cpuMs()) - cpuBefore) / answers, perSecond: answers / seconds };
}

/**
 * Compares by the time of the processors that an answer takes, which what else runs on the machine hardly changes. Both take turns all the
 * same; their first round warms them up, and does not count.
 */
export async function compareCpu(
  app: Contender,
  bare: Contender,
  { what, rounds, goal }: Comparison,
): Promise<Figure[]> {
  const turns = [];
  for (let round = 0; round <= rounds; round++) {
    turns.push({ bare: await measureOnce(bare, round), app: await measureOnce(app, round) });
    await app.settle?.();
  }
  const counted = turns.slice(1);
  return [
    { what: `${what}: CPU per answer`, value: median(counted.map((turn) => turn.app.cpuMs)), unit: 'ms' },
    { what: 'bare route: CPU per answer', value: median(counted.map((turn) => turn.bare.cpuMs)), unit: 'ms' },
    { what: `${what}: answers`, value: median(counted.map((turn) => turn.app.perSecond)), unit: '/s' },
    { what: 'bare route: answers', value: median(counted.map((turn) => turn.bare.perSecond)), unit: '/s' },
    {
      what: `${what} ÷ bare route, by CPU per answer`,
      value: median(counted.map((turn) => turn.bare.cpuMs / turn.app.cpuMs)),
      unit: '×',
      goal,
    },
  ];
}
