import type { FlowPlace } from '../../accounts/flow/flowPlace.js';
import { onboardingPaths as to } from '../../paths.js';
import { en } from '../../words/texts.js';

const failures: FlowPlace['failures'] = { ...en.failures, ...en.onboarding.failures };

/** Where the flows of an onboarding are shown. @param id of the onboarding */
export const onboardingPlace = (id: string): FlowPlace => ({
  home: to.steps(id),
  homeLabel: en.onboarding.steps.back,
  failures,
  elsewhere: ['wrong_user', 'session_gone'],
  events: to.events(id),
  startConnect: (name) => to.startConnect(id, name),
  openLink: (name, flowId) => to.openLink(id, name, flowId),
  cancelFlow: (name, flowId) => to.cancelFlow(id, name, flowId),
  finishFlow: (name, flowId) => to.finishFlow(id, name, flowId),
  status: (name, flowId) => to.status(id, name, flowId),
  statusJson: (name, flowId) => to.statusJson(id, name, flowId),
  logo: (name) => to.logo(id, name),
  after: () => to.steps(id),
});
