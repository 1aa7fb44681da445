import type { Catalogue } from '../../accounts/list/catalogue.js';
import type { ApiClient } from '../../identity/clients/apiClient.js';
import { clientMark } from '../../identity/clients/clientMark.js';
import { allOfText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { OnboardingSession } from '../onboardingSession.js';

interface Asked {
  readonly title: string;
  readonly required: boolean;
}

function optionalText(t: Translate, asked: readonly Asked[]): string[] {
  const optional = asked.filter(({ required }) => !required).map(({ title }) => title);
  const count = optional.length;
  if (count === 0) return [];
  if (count === asked.length) return [t('onboarding.start.allOptional', { count })];
  return [t('onboarding.start.optional', { titles: allOfText(t, optional), count })];
}

/** What is done for some of the connections, in one row. */
function rowOf(t: Translate, way: 'signIn' | 'key', asked: readonly Asked[]) {
  const titles = allOfText(
    t,
    asked.map(({ title }) => title),
  );
  return {
    icon: way,
    title: t(`onboarding.start.${way}.title`, { titles }),
    sentences: [t(`onboarding.start.${way}.text`), ...optionalText(t, asked)],
  };
}

/** Whom it is good for. A link that lives for days comes by mail, and is passed on. */
function cautionOf(t: Translate, { identifier, userCheck, restartUntil }: OnboardingSession, app: string) {
  if (userCheck === 'none') return t('onboarding.start.notChecked', { identifier, app });
  return t(restartUntil === null ? 'onboarding.start.caution' : 'onboarding.start.cautionOfLink', { app });
}

/** What `pages/onboarding/start` is rendered with. */
export function startPage(t: Translate, session: OnboardingSession, client: ApiClient, catalogue: Catalogue) {
  const { identifier, displayName, connections } = session;
  const app = client.name;
  const asked = connections.map(({ name, required }) => ({
    title: catalogue.titleOf(name),
    required,
    way: catalogue.find(name)?.connection.kind === 'static' ? ('key' as const) : ('signIn' as const),
  }));
  const rows = (['signIn', 'key'] as const).flatMap((way) => {
    const these = asked.filter((one) => one.way === way);
    return these.length > 0 ? [rowOf(t, way, these)] : [];
  });
  return {
    heading: t('onboarding.start.heading', { app }),
    lead: t('onboarding.start.lead', { app }),
    mark: clientMark(client),
    app,
    identifier,
    displayName,
    rows: [
      ...rows,
      {
        icon: 'back' as const,
        title: t('onboarding.start.back.title', { app }),
        sentences: [t('onboarding.start.back.text', { app })],
      },
    ],
    caution: cautionOf(t, session, app),
  };
}
