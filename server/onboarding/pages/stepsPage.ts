import { isFailureCode } from '../../accounts/flow/failureCodes.js';
import type { Catalogue } from '../../accounts/list/catalogue.js';
import { timeText } from '../../kernel/times.js';
import { onboardingPaths as to } from '../../paths.js';
import { en } from '../../words/texts.js';
import type { Progress } from '../onboardingProgress.js';
import type { Outcome } from '../onboardingSession.js';
import { isComplete, isConnected } from '../outcomes.js';
import type { CurrentOnboarding } from './onboardingGuards.js';
import { onboardingPlace } from './onboardingPlace.js';

const words = en.onboarding.steps;

type StepState = keyof typeof words.states;

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

function stateOf(outcome: Outcome | null): StepState {
  switch (outcome) {
    case null:
      return 'unknown';
    case 'connected':
    case 'already_connected':
    case 'skipped':
    case 'not_done':
      return outcome;
    default:
      return 'failed';
  }
}

/** Whether the user has something to decide about it yet. */
const isLeft = ({ outcome }: Asked) => !isConnected(outcome) && outcome !== 'skipped';

function reasonOf(id: string, outcome: Outcome | null, title: string): string | null {
  const code = outcome?.startsWith('failed:') ? outcome.slice('failed:'.length) : null;
  return isFailureCode(code) ? onboardingPlace(id).failures[code].sentence(title) : null;
}

/** What there is to do in a step. @param first whether it is the next thing to do */
function actionsOf(id: string, { name, required, outcome }: Asked, title: string, first: boolean) {
  if (isConnected(outcome)) return { connect: null, skip: null };
  const connect = { label: en.actions.connect(title), url: to.startConnect(id, name), filled: first };
  const skip = { label: words.skip, accessibleName: words.skipIt(title), url: to.skip(id, name) };
  return { connect, skip: required || outcome === 'skipped' ? null : skip };
}

/** One step, as the page shows it. */
function stepOf(id: string, asked: Asked, catalogue: Catalogue, place: string, first: boolean) {
  const { name, required, outcome } = asked;
  const entry = catalogue.find(name);
  const title = catalogue.titleOf(name);
  const state = stateOf(outcome);
  const { connect, skip } = actionsOf(id, asked, title, first);
  const offered = entry?.offered === true;
  return {
    name,
    title,
    description: entry?.description ?? null,
    logoUrl: to.logo(id, name),
    number: place,
    need: required ? en.onboarding.start.required : en.onboarding.start.optional,
    state,
    label: words.states[state],
    ...looks[state],
    reason: reasonOf(id, outcome, title),
    note: entry?.connection.kind === 'static' && isLeft(asked) ? words.key : null,
    unavailable: offered || isConnected(outcome) ? null : words.notOffered,
    connect: offered ? connect : null,
    skip,
  };
}

/** What `pages/onboarding/steps` is rendered with. */
export function stepsPage(
  { session, client }: CurrentOnboarding,
  catalogue: Catalogue,
  { outcomes, fresh, asOf }: Progress,
) {
  const { id, identifier, displayName } = session;
  const asked: readonly Asked[] =
    outcomes ?? session.connections.map((connection) => ({ ...connection, outcome: null }));
  const next = asked.find(isLeft);
  const steps = asked.map((step, index) =>
    stepOf(id, step, catalogue, words.number(index + 1, asked.length), step === next),
  );
  const complete = outcomes !== null && isComplete(outcomes);
  return {
    heading: words.heading(client.name),
    app: client.name,
    identifier,
    displayName,
    lead: leadOf(asked, steps, complete, client.name),
    outage: fresh ? null : { sentence: outageOf(asOf), url: to.steps(id) },
    steps,
    finish: complete
      ? { label: words.finish(client.name), url: to.finish(id), filled: next === undefined }
      : null,
    leave: complete ? null : { label: words.leave, url: to.leave(id) },
  };
}

const outageOf = (asOf: number | null): string =>
  asOf === null ? words.unread : en.notices.outage(timeText(asOf));

function leadOf(
  asked: readonly Asked[],
  steps: readonly { readonly title: string }[],
  complete: boolean,
  app: string,
): string {
  if (asked.every(({ outcome }) => isConnected(outcome))) return words.all;
  const index = asked.findIndex(isLeft);
  const sentences = [
    ...(complete ? [words.complete(app)] : []),
    ...(index < 0 ? [] : [words.next(index + 1, asked.length, steps[index]?.title ?? '')]),
  ];
  return sentences.join(' ');
}
