import { type Flow, hasEnded } from '../flow/flow.js';
import type { StatusAnswer } from '../flow/statusPage.js';
import { longerReuseInFlowMs } from '../list/accountReader.js';

/** Every poll then finds what was read for the one before too old, so that each makes a true read, events or not. */
const livePollMs = longerReuseInFlowMs;

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
