import { type ClientMark, clientMark } from '../../identity/clients/clientMark.js';
import type { NextStep } from '../../kernel/errors.js';
import { onboardingPaths as to } from '../../paths.js';
import type { Translate } from '../../words/words.js';
import { type OnboardingStatus, waitsForItsUser } from '../onboardingSession.js';
import type { CurrentOnboarding } from './onboardingGuards.js';

/** What `pages/onboarding/notice` is rendered with. */
export interface NoticePage {
  readonly heading: string;
  readonly sentences: readonly string[];
  readonly identifier: string;
  readonly mark: ClientMark;
  readonly actions: readonly NextStep[];
}

/**
 * While the other app has not said yet that its user is at the browser.
 * @param confirmUrl where it says so, or null when there is no such place any more
 */
export function confirmPage(
  t: Translate,
  { session, client }: CurrentOnboarding,
  confirmUrl: string | null,
): NoticePage {
  const goTo: NextStep[] =
    confirmUrl === null
      ? []
      : [
          {
            label: t('onboarding.confirm.goTo', { app: client.name }),
            url: confirmUrl,
            method: 'get',
            filled: true,
          },
        ];
  const leave: NextStep[] = waitsForItsUser(session)
    ? []
    : [
        {
          label: t('onboarding.steps.leave'),
          url: to.leave(session.id),
          method: 'get',
          filled: confirmUrl === null,
        },
      ];
  return {
    heading: t('onboarding.confirm.heading', { app: client.name }),
    sentences: t.lines(
      confirmUrl === null ? 'onboarding.confirm.unavailable' : 'onboarding.confirm.sentences',
      { app: client.name },
    ),
    identifier: session.identifier,
    mark: clientMark(client),
    actions: [...goTo, ...leave],
  };
}

/** @param refreshUrl where the other app starts anew, or null */
export function endedPage(
  t: Translate,
  { session, client }: CurrentOnboarding,
  status: Exclude<OnboardingStatus, 'open' | 'started'>,
  refreshUrl: string | null,
): NoticePage {
  const back: NextStep = {
    label: t('onboarding.ended.goBack', { app: client.name }),
    url: to.finish(session.id),
    method: 'post',
    filled: true,
  };
  const again: NextStep[] =
    refreshUrl === null
      ? []
      : [
          {
            label: t('onboarding.ended.startAgain', { app: client.name }),
            url: refreshUrl,
            method: 'get',
            filled: true,
          },
        ];
  return {
    heading: t(`onboarding.ended.${status}.heading`),
    sentences: [t(`onboarding.ended.${status}.sentence`, { app: client.name })],
    identifier: session.identifier,
    mark: clientMark(client),
    actions: status === 'complete' || status === 'incomplete' ? [back] : again,
  };
}
