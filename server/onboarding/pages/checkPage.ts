import type { NextStep } from '../../kernel/errors.js';
import { onboardingPaths as to } from '../../paths.js';
import { en } from '../../words/texts.js';
import type { OnboardingStatus } from '../onboardingSession.js';
import type { CurrentOnboarding } from './onboardingGuards.js';

/** What `pages/onboarding/notice` is rendered with. */
export interface NoticePage {
  readonly heading: string;
  readonly sentences: readonly string[];
  readonly identifier: string;
  readonly actions: readonly NextStep[];
}

/**
 * While the other app has not said yet that its user is at the browser.
 * @param confirmUrl where it says so, or null when there is no such place any more
 */
export function confirmPage({ session, client }: CurrentOnboarding, confirmUrl: string | null): NoticePage {
  const words = en.onboarding.confirm;
  const goTo: NextStep[] =
    confirmUrl === null
      ? []
      : [{ label: words.goTo(client.name), url: confirmUrl, method: 'get', filled: true }];
  const leave: NextStep = {
    label: en.onboarding.steps.leave,
    url: to.leave(session.id),
    method: 'get',
    filled: confirmUrl === null,
  };
  return {
    heading: words.heading(client.name),
    sentences: (confirmUrl === null ? words.unavailable : words.sentences)(client.name),
    identifier: session.identifier,
    actions: [...goTo, leave],
  };
}

/** @param refreshUrl where the other app starts anew, or null */
export function endedPage(
  { session, client }: CurrentOnboarding,
  status: Exclude<OnboardingStatus, 'open' | 'started'>,
  refreshUrl: string | null,
): NoticePage {
  const words = en.onboarding.ended;
  const back: NextStep = {
    label: words.goBack(client.name),
    url: to.finish(session.id),
    method: 'post',
    filled: true,
  };
  const again: NextStep[] =
    refreshUrl === null
      ? []
      : [{ label: words.startAgain(client.name), url: refreshUrl, method: 'get', filled: true }];
  return {
    heading: words[status].heading,
    sentences: [words[status].sentence(client.name)],
    identifier: session.identifier,
    actions: status === 'complete' || status === 'incomplete' ? [back] : again,
  };
}
