import type { Catalogue } from '../accounts/catalogue.js';
import { isFailureCode } from '../accounts/failures.js';
import { onboardingPaths as to } from '../paths.js';
import { en } from '../web/texts.js';
import { timeText } from '../web/times.js';
import type { CurrentOnboarding } from './onboardingGuards.js';
import { onboardingPlace } from './onboardingPlace.js';
import type { ConnectionOutcome, Outcome } from './onboardingSession.js';
import type { Progress } from './onboardingSessions.js';
import { isComplete } from './outcomes.js';
import { listed } from './startPage.js';

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

const isConnected = (outcome: Outcome | null) => outcome === 'connected' || outcome === 'already_connected';

/** Whether the user has something to decide about it yet. */
const isLeft = ({ outcome }: Asked) => !isConnected(outcome) && outcome !== 'skipped';

function reasonOf(id: string, outcome: Outcome | null, title: string): string | null {
  const code = outcome?.startsWith('failed:') ? outcome.slice('failed:'.length) : null;
  return isFailureCode(code) ? onboardingPlace(id).failures[code].sentence(title) : null;
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

  function stepOf(step: Asked, index: number) {
    const { name, required, outcome } = step;
    const entry = catalogue.find(name);
    const title = entry?.title ?? name;
    const state = stateOf(outcome);
    const offered = entry?.offered === true;
    return {
      name,
      title,
      description: entry?.description ?? null,
      logoUrl: to.logo(id, name),
      number: words.number(index + 1, asked.length),
      need: required ? en.onboarding.start.required : en.onboarding.start.optional,
      state,
      label: words.states[state],
      ...looks[state],
      reason: reasonOf(id, outcome, title),
      note: entry?.connection.kind === 'static' && isLeft(step) ? words.key : null,
      unavailable: offered || isConnected(outcome) ? null : words.notOffered,
      connect:
        offered && !isConnected(outcome)
          ? { label: en.actions.connect(title), url: to.startConnect(id, name), filled: step === next }
          : null,
      skip:
        required || !isLeft(step)
          ? null
          : { label: words.skip, accessibleName: words.skipIt(title), url: to.skip(id, name) },
    };
  }

  const steps = asked.map(stepOf);
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
  const index = asked.findIndex(isLeft);
  const sentences: string[] = [];
  if (complete)
    sentences.push(
      index < 0 && asked.every(({ outcome }) => isConnected(outcome)) ? words.all : words.complete(app),
    );
  if (index >= 0) sentences.push(words.next(index + 1, asked.length, steps[index]?.title ?? ''));
  return sentences.length === 0 ? words.skippedRequired : sentences.join(' ');
}

/** What `pages/onboarding/notice` is rendered with before the user leaves. */
export function leavePage(
  { session, client }: CurrentOnboarding,
  catalogue: Catalogue,
  { outcomes }: Progress,
) {
  const say = en.onboarding.leave;
  const isMissing = ({ required, outcome }: ConnectionOutcome) => required && !isConnected(outcome);
  const missing = (outcomes ?? []).filter(isMissing).map(({ name }) => catalogue.find(name)?.title ?? name);
  return {
    heading: say.heading(client.name),
    sentences: [
      ...(missing.length > 0 ? [say.missing(client.name, listed(missing), missing.length)] : []),
      ...say.sentences(client.name),
    ],
    identifier: session.identifier,
    actions: [
      { label: say.button(client.name), url: to.leave(session.id), method: 'post', filled: true },
      { label: say.stay, url: to.steps(session.id), method: 'get', filled: false },
    ],
  };
}
