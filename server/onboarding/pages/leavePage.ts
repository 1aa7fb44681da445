import type { Catalogue } from '../../accounts/list/catalogue.js';
import { clientMark } from '../../identity/clients/clientMark.js';
import { onboardingPaths as to } from '../../paths.js';
import { allOfText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { Progress } from '../onboardingProgress.js';
import { isConnected } from '../outcomes.js';
import type { NoticePage } from './checkPage.js';
import type { CurrentOnboarding } from './onboardingGuards.js';

/** What `pages/onboarding/notice` is rendered with before the user leaves. */
export function leavePage(
  t: Translate,
  { session, client }: CurrentOnboarding,
  catalogue: Catalogue,
  { outcomes }: Progress,
): NoticePage {
  const missing = (outcomes ?? [])
    .filter(({ required, outcome }) => required && !isConnected(outcome))
    .map(({ name }) => catalogue.titleOf(name));
  return {
    heading: t('onboarding.leave.heading', { app: client.name }),
    sentences: [
      ...(missing.length > 0
        ? [
            t('onboarding.leave.missing', {
              app: client.name,
              titles: allOfText(t, missing),
              count: missing.length,
            }),
          ]
        : []),
      ...t.lines('onboarding.leave.sentences', { app: client.name }),
    ],
    identifier: session.identifier,
    mark: clientMark(client),
    actions: [
      {
        label: t('onboarding.leave.button', { app: client.name }),
        url: to.leave(session.id),
        method: 'post',
        filled: true,
      },
      { label: t('onboarding.leave.stay'), url: to.steps(session.id), method: 'get', filled: false },
    ],
  };
}
