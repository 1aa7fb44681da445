import { type Flow, hasEnded } from '../flow/flow.js';
import type { StatusAnswer } from '../flow/statusPage.js';

/**
 * Every poll then finds what was read for the one before too old (it answers for five seconds while a flow is open),
 * so that a true read happens every five seconds, events or not.
 */
const livePollMs = 5000;

/**
 * Slows polling down while the page hears of changes by itself: as long as its stream is open, and what ends the
 * flow is told. The end of a flow whose browser comes back is our own; any other is Scalekit's to tell.
 * @param listens whether the page has a stream
 * @param webhooksArrive whether Scalekit's webhooks are known to arrive just now
 */
export function paced(
  answer: StatusAnswer,
  flow: Flow,
  listens: boolean,
  webhooksArrive: boolean,
): StatusAnswer {
  if (!listens || hasEnded(flow) || !(flow.returns || webhooksArrive)) return answer;
  return { ...answer, next_poll_ms: livePollMs };
}
