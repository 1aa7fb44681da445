import { isFailureCode } from '../../accounts/flow/failureCodes.js';
import type { Catalogue } from '../../accounts/list/catalogue.js';
import { logoOf } from '../../accounts/list/logos.js';
import { abilitiesInShort } from '../../accounts/tools/abilityWords.js';
import type { Abilities } from '../../accounts/tools/toolCatalogue.js';
import { clientMark } from '../../identity/clients/clientMark.js';
import { onboardingPaths as to } from '../../paths.js';
import { allOfText, inOneText, relativeText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { Progress } from '../onboardingProgress.js';
import type { Outcome } from '../onboardingSession.js';
import { isComplete, isConnected } from '../outcomes.js';
import type { CurrentOnboarding } from './onboardingGuards.js';
import { onboardingPlace } from './onboardingPlace.js';

type StepState = Outcome['kind'] | 'unknown';

interface Asked {
  readonly name: string;
  readonly required: boolean;
  /** Null while nobody can tell. */
  readonly outcome: Outcome | null;
}

/** How a step is shown: with which of the shapes and colours of an account's states. */
const looks = {
  connected: { tone: 'active', icon: 'active' },
  already_connected: { tone: 'active', icon: 'active' },
  skipped: { tone: 'quiet', icon: 'not_connected' },
  failed: { tone: 'broken', icon: 'expired' },
  not_done: { tone: 'quiet', icon: 'not_connected' },
  unknown: { tone: 'quiet', icon: 'unknown' },
} as const satisfies Record<StepState, { tone: string; icon: string }>;

const stateOf = (outcome: Outcome | null): StepState => outcome?.kind ?? 'unknown';

/** Whether the user has something to decide about it yet. */
const isLeft = ({ outcome }: Asked) => !isConnected(outcome) && outcome?.kind !== 'skipped';

function reasonOf(t: Translate, id: string, outcome: Outcome | null, title: string): string | null {
  const code = outcome?.reason ?? null;
  // One that a later version stored has no words here.
  return isFailureCode(code) ? onboardingPlace(id).failure(code, title).detail(t) : null;
}

/** The actions of a step. @param first whether it is the next step to take */
function actionsOf(
  t: Translate,
  id: string,
  { name, required, outcome }: Asked,
  title: string,
  first: boolean,
) {
  if (isConnected(outcome)) return { connect: null, skip: null };
  const connect = {
    label: t('common.actions.connect', { title }),
    url: to.startConnect(id, name),
    filled: first,
  };
  const skip = {
    label: t('onboarding.steps.skip'),
    accessibleName: t('onboarding.steps.skipIt', { title }),
    url: to.skip(id, name),
  };
  return { connect, skip: required || outcome?.kind === 'skipped' ? null : skip };
}

/** One step, as the page shows it. */
function stepOf(
  t: Translate,
  id: string,
  asked: Asked,
  catalogue: Catalogue,
  place: string,
  first: boolean,
  abilities: Abilities | null,
) {
  const { name, required, outcome } = asked;
  const entry = catalogue.find(name);
  const title = catalogue.titleOf(name);
  const state = stateOf(outcome);
  const { connect, skip } = actionsOf(t, id, asked, title, first);
  const offered = entry?.offered === true;
  return {
    name,
    title,
    description: entry?.description?.(t) ?? null,
    logo: logoOf(entry, title, to.logo(id, name)),
    number: place,
    need: required ? t('onboarding.steps.required') : t('onboarding.steps.optional'),
    state,
    label: t(`onboarding.steps.states.${state}`),
    ...looks[state],
    reason: reasonOf(t, id, outcome, title),
    abilities: isLeft(asked) ? abilitiesInShort(t, abilities) : [],
    note: entry?.connection.kind === 'static' && isLeft(asked) ? t('onboarding.steps.key') : null,
    unavailable: offered || isConnected(outcome) ? null : t('onboarding.steps.notOffered'),
    connect: offered ? connect : null,
    skip,
  };
}

/** What was done before the steps are shown. */
export interface DoneBefore {
  /** The name of the connection that was connected, skipped or stopped; null for none. */
  readonly after: string | null;
  /** Whether it was to be finished, though something that is required was missing. */
  readonly unfinished: boolean;
}

/** What came of it, or null when nothing was done, or nobody can tell. */
function outcomeOf(
  t: Translate,
  asked: readonly Asked[],
  catalogue: Catalogue,
  app: string,
  { after, unfinished }: DoneBefore,
) {
  const about = asked.find(({ name }) => name === after);
  if (about !== undefined && about.outcome !== null) {
    const title = catalogue.titleOf(about.name);
    if (isConnected(about.outcome)) {
      return { tone: 'active', sentence: t('onboarding.steps.outcomes.connected', { title }) };
    }
    const how = about.outcome.kind === 'skipped' ? 'skipped' : 'not_connected';
    return { tone: 'quiet', sentence: t(`onboarding.steps.outcomes.${how}`, { title }) };
  }
  const missing = asked.filter(
    ({ required, outcome }) => required && outcome !== null && !isConnected(outcome),
  );
  if (!unfinished || missing.length === 0) return null;
  const titles = allOfText(
    t,
    missing.map(({ name }) => catalogue.titleOf(name)),
  );
  return {
    tone: 'attention',
    sentence: t('onboarding.steps.outcomes.unfinished', { titles, count: missing.length, app }),
  };
}

/** What `pages/onboarding/steps` is rendered with. */
export function stepsPage(
  t: Translate,
  { session, client }: CurrentOnboarding,
  catalogue: Catalogue,
  { outcomes, fresh, asOf }: Progress,
  abilities: ReadonlyMap<string, Abilities | null>,
  before: DoneBefore,
) {
  const { id, identifier, displayName } = session;
  const asked: readonly Asked[] =
    outcomes ?? session.connections.map((connection) => ({ ...connection, outcome: null }));
  const next = asked.find(isLeft);
  const steps = asked.map((step, index) =>
    stepOf(
      t,
      id,
      step,
      catalogue,
      t('onboarding.steps.number', { number: index + 1, all: asked.length }),
      step === next,
      abilities.get(step.name) ?? null,
    ),
  );
  const complete = outcomes !== null && isComplete(outcomes);
  const heading = t('onboarding.steps.heading', { app: client.name });
  const outcome = outcomeOf(t, asked, catalogue, client.name, before);
  return {
    heading,
    pageTitle: outcome === null ? heading : `${outcome.sentence} ${heading}`,
    outcome,
    app: client.name,
    mark: clientMark(client),
    identifier,
    displayName,
    lead: leadOf(t, asked, steps, complete, client.name),
    outage: fresh ? null : { sentence: outageOf(t, asOf), url: to.steps(id) },
    steps,
    finish: complete
      ? {
          label: t('onboarding.steps.finish', { app: client.name }),
          url: to.finish(id),
          filled: next === undefined,
        }
      : null,
    leave: complete ? null : { label: t('onboarding.steps.leave'), url: to.leave(id) },
  };
}

const outageOf = (t: Translate, asOf: number | null): string =>
  asOf === null ? t('onboarding.steps.unread') : t('accounts.notices.outage', { ago: relativeText(t, asOf) });

function leadOf(
  t: Translate,
  asked: readonly Asked[],
  steps: readonly { readonly title: string }[],
  complete: boolean,
  app: string,
): string {
  if (asked.every(({ outcome }) => isConnected(outcome))) return t('onboarding.steps.all');
  const index = asked.findIndex(isLeft);
  const sentences = [
    ...(complete ? [t('onboarding.steps.complete', { app })] : []),
    ...(index < 0
      ? []
      : [
          t('onboarding.steps.next', {
            number: index + 1,
            all: asked.length,
            title: steps[index]?.title ?? '',
          }),
        ]),
  ];
  return inOneText(t, sentences);
}
