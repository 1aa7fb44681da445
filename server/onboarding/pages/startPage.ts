import type { Catalogue } from '../../accounts/list/catalogue.js';
import type { ApiClient } from '../../identity/clients/apiClient.js';
import { allOfText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { OnboardingSession } from '../onboardingSession.js';

/** What `pages/onboarding/start` is rendered with. */
export function startPage(t: Translate, session: OnboardingSession, client: ApiClient, catalogue: Catalogue) {
  const { identifier, displayName, connections, userCheck } = session;
  const asked = connections.map(({ name, required }) => {
    const entry = catalogue.find(name);
    return {
      title: catalogue.titleOf(name),
      description: entry?.description?.(t) ?? null,
      need: required ? t('onboarding.start.required') : t('onboarding.start.optional'),
      takesKey: entry?.connection.kind === 'static',
    };
  });
  const keyed = asked.filter(({ takesKey }) => takesKey).map(({ title }) => title);
  return {
    heading: t('onboarding.start.heading', { app: client.name }),
    lead: t('onboarding.start.lead', { app: client.name }),
    identifier,
    displayName,
    app: client.name,
    asked,
    warning: userCheck === 'none' ? t('onboarding.start.notChecked', { identifier, app: client.name }) : null,
    keyWarning: keyed.length > 0 ? t('onboarding.start.keys', { titles: allOfText(t, keyed) }) : null,
  };
}
