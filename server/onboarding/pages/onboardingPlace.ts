import type { FailureCode } from '../../accounts/flow/failureCodes.js';
import { type FlowPlace, userPlace } from '../../accounts/flow/flowPlace.js';
import { onboardingPaths as to } from '../../paths.js';
import { say, told } from '../../words/words.js';

/** The failures whose words differ here, since an onboarding has no list of accounts to go to. */
const saidOtherwise = [
  'wrong_user',
  'session_gone',
  'state_unknown',
  'finished_elsewhere',
  'unverified_activation',
  'browser_refused',
  'scalekit_slow',
  'scalekit_unexpected',
  'connection_unknown',
  'connection_not_offered',
  'flow_unknown',
] as const satisfies readonly FailureCode[];

/** Where the flows of an onboarding are shown. @param id of the onboarding */
export const onboardingPlace = (id: string): FlowPlace => ({
  home: to.steps(id),
  homeLabel: say('onboarding.steps.back'),
  failure(code, title) {
    const otherwise = saidOtherwise.find((known) => known === code);
    return otherwise === undefined
      ? userPlace.failure(code, title)
      : told(`onboarding.failures.${otherwise}`, { title });
  },
  elsewhere: ['wrong_user', 'session_gone'],
  events: to.events(id),
  startConnect: (name) => to.startConnect(id, name),
  openLink: (name, flowId) => to.openLink(id, name, flowId),
  cancelFlow: (name, flowId) => to.cancelFlow(id, name, flowId),
  finishFlow: (name, flowId) => to.finishFlow(id, name, flowId),
  status: (name, flowId) => to.status(id, name, flowId),
  statusJson: (name, flowId) => to.statusJson(id, name, flowId),
  logo: (name) => to.logo(id, name),
  durableLink: () => null,
  after: (_flowId, name) => to.stepsAfter(id, name),
});
