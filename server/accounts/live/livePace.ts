import { type Flow, hasEnded } from '../flow/flow.js';
import type { StatusAnswer } from '../flow/statusPage.js';
import { longerReuseInFlowMs } from '../list/accountReader.js';

/** At this pace each poll finds the reading of the poll before too old, and makes a true read, events or not. */
const livePollMs = longerReuseInFlowMs;

/**
 * Slows polling down (`pollDelay` in `statusPage.ts`) while the page hears of the flow's end by itself: its stream is open, and the
 * end is told. We tell the end of a flow whose browser comes back; Scalekit's webhooks tell the end of every other.
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
