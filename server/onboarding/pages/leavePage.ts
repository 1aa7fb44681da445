import type { Catalogue } from '../../accounts/list/catalogue.js';
import { onboardingPaths as to } from '../../paths.js';
import { en } from '../../words/texts.js';
import type { Progress } from '../onboardingProgress.js';
import { isConnected } from '../outcomes.js';
import type { NoticePage } from './checkPage.js';
import type { CurrentOnboarding } from './onboardingGuards.js';
import { listed } from './startPage.js';

const words = en.onboarding.leave;

/** What `pages/onboarding/notice` is rendered with before the user leaves. */
export function leavePage(
  { session, client }: CurrentOnboarding,
  catalogue: Catalogue,
  { outcomes }: Progress,
): NoticePage {
  const missing = (outcomes ?? [])
    .filter(({ required, outcome }) => required && !isConnected(outcome))
    .map(({ name }) => catalogue.titleOf(name));
  return {
    heading: words.heading(client.name),
    sentences: [
      ...(missing.length > 0 ? [words.missing(client.name, listed(missing), missing.length)] : []),
      ...words.sentences(client.name),
    ],
    identifier: session.identifier,
    actions: [
      { label: words.button(client.name), url: to.leave(session.id), method: 'post', filled: true },
      { label: words.stay, url: to.steps(session.id), method: 'get', filled: false },
    ],
  };
}
