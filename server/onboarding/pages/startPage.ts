import type { Catalogue } from '../../accounts/list/catalogue.js';
import type { ApiClient } from '../../identity/clients/apiClient.js';
import { en } from '../../words/texts.js';
import type { OnboardingSession } from '../onboardingSession.js';

const words = en.onboarding.start;

export const listed = (titles: readonly string[]): string =>
  new Intl.ListFormat(en.lang, { type: 'conjunction' }).format(titles);

/** What `pages/onboarding/start` is rendered with. */
export function startPage(session: OnboardingSession, client: ApiClient, catalogue: Catalogue) {
  const { identifier, displayName, connections, userCheck } = session;
  const asked = connections.map(({ name, required }) => {
    const entry = catalogue.find(name);
    return {
      title: catalogue.titleOf(name),
      description: entry?.description ?? null,
      need: required ? words.required : words.optional,
      takesKey: entry?.connection.kind === 'static',
    };
  });
  const keyed = asked.filter(({ takesKey }) => takesKey).map(({ title }) => title);
  return {
    heading: words.heading(client.name),
    lead: words.lead(client.name),
    identifier,
    displayName,
    app: client.name,
    asked,
    warning: userCheck === 'none' ? words.notChecked(identifier, client.name) : null,
    keyWarning: keyed.length > 0 ? words.keys(listed(keyed)) : null,
  };
}
