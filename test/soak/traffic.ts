import { setTimeout as pause } from 'node:timers/promises';
import type { Answers } from './answers.js';
import type { createJourneys, JourneyName } from './journeys.js';
import { Random } from './random.js';
import { Unanswered } from './soakBrowser.js';

/** How often each journey begins, a second. Together they make some ten requests. */
const perSecond: Readonly<Record<JourneyName, number>> = {
  'sign in': 0.2,
  'look at the list': 1,
  connect: 0.3,
  'enter a key': 0.1,
  disconnect: 0.3,
  'keep a page open': 0.4,
  'ask the API': 1,
  'go through an onboarding': 0.1,
  'Scalekit changes an account': 0.3,
  'look at admin pages': 0.2,
  'sign out and in': 0.1,
};

/**
 * Begins journeys at their times, which the seed decides, however long those take that are under way: a slow app is not
 * spared.
 * @param times how many times as often as that, just now
 * @returns when no more is begun, and all that was is over
 */
export async function bringTraffic(
  journeys: ReturnType<typeof createJourneys>,
  answers: Answers,
  seed: number,
  times: () => number,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<Promise<void>>();

  async function travel(name: JourneyName): Promise<void> {
    const began = performance.now();
    try {
      await journeys[name]();
    } catch (error) {
      if (!(error instanceof Unanswered)) answers.note(name, began, (error as Error).message);
    }
  }

  async function arrive(name: JourneyName, index: number): Promise<void> {
    // Of its own, so that the times do not depend on what else goes on.
    const random = new Random(seed + index);
    for (let next = performance.now(); ; ) {
      next += random.untilNext(perSecond[name] * times());
      await pause(Math.max(0, next - performance.now()), undefined, { signal });
      const journey = travel(name).finally(() => underWay.delete(journey));
      underWay.add(journey);
    }
  }

  const names = Object.keys(perSecond) as JourneyName[];
  // Each rejects when there shall be no more.
  await Promise.allSettled(names.map(arrive));
  await Promise.all(underWay);
}
