import { DomainError } from '../../kernel/errors.js';
import { onboardingPaths } from '../../paths.js';
import { told } from '../../words/words.js';

/** Why a page of an onboarding can't be shown, and with what status. */
const statuses = {
  onboarding_link_over: 410,
  onboarding_elsewhere: 403,
  onboarding_not_continued: 403,
  onboarding_withdrawn: 403,
  onboarding_no_return: 409,
  onboarding_not_under_way: 409,
} as const;

export type OnboardingPageRefusal = keyof typeof statuses;

/** @param id the onboarding whose steps are the way back, or null where there is none */
export const onboardingPageRefusal = (code: OnboardingPageRefusal, id: string | null = null): DomainError =>
  new DomainError({
    code,
    status: statuses[code],
    level: 'info',
    told: told(`onboarding.errors.${code}`),
    wayBack: false,
    nextSteps: (t) =>
      id === null
        ? []
        : [
            {
              label: t('onboarding.steps.back'),
              url: onboardingPaths.steps(id),
              method: 'get',
              filled: true,
            },
          ],
  });
