import type { NextStep } from '../../kernel/errors.js';
import { isoTime } from '../../kernel/times.js';
import type { Translate } from '../../words/words.js';
import type { CatalogueEntry } from '../list/catalogue.js';
import { logoOf } from '../list/logos.js';
import type { Tone } from '../states.js';
import { type FailureCode, failureTable } from './failureCodes.js';
import { nextStepsOf } from './failures.js';
import { deadlineOf, type Flow, type FlowStatus, hasEnded } from './flow.js';
import { type FlowPlace, wayHome } from './flowPlace.js';
import type { FlowView } from './flowProgress.js';
import { isKnownProviderCode } from './providerErrors.js';

/** The answer of `status.json`, from a closed set of statuses. Times are ISO 8601. */
export interface StatusAnswer {
  readonly status: FlowStatus;
  readonly heading: string;
  readonly sentence: string;
  readonly tone: Tone;
  /** When to ask again, in milliseconds; null when the flow has ended. */
  readonly next_poll_ms: number | null;
  /** Where to go once it is done. */
  readonly continue_url: string | null;
  /** When the flow ends by itself. */
  readonly expires_at: string;
  /** The time that the answer is true for; null when nothing could be read yet. */
  readonly as_of: string | null;
}

const second = 1000;

const minutesBetween = (from: number, to: number) => Math.max(1, Math.round((to - from) / (60 * second)));

/**
 * When to ask again: a second at first, slowing to five, by the age of the flow in milliseconds. A page with a stream asks more
 * rarely (`live/livePace.ts`).
 */
function pollDelay(ageMs: number): number {
  if (ageMs < 30 * second) return second;
  if (ageMs < 60 * second) return 2 * second;
  if (ageMs < 180 * second) return 3 * second;
  return 5 * second;
}

/** Whether its browser came back from consent and Scalekit could not be asked to verify it. */
const waitsToFinish = ({ status, approval }: Flow): boolean => status === 'open' && approval !== null;

/** What its browser came back with, without a proof that it is this flow's. The flow goes on. */
const reportedOf = ({ status, reported }: Flow): FailureCode | null => (status === 'open' ? reported : null);

/** Whether its user has to enter a key on a page of Scalekit's, which opens in a tab of its own. */
const isForKey = ({ status, returns }: Flow, { connection }: CatalogueEntry): boolean =>
  status === 'open' && !returns && connection.kind === 'static';

function headingOf(
  t: Translate,
  { flow, undone }: FlowView,
  entry: CatalogueEntry,
  place: FlowPlace,
): string {
  const { title } = entry;
  const failure = flow.failure ?? reportedOf(flow);
  if (failure !== null) return place.failure(failure, title).heading(t);
  if (waitsToFinish(flow)) return t('flow.toFinishHeading', { title });
  if (flow.status === 'done') return t(undone ? 'flow.undoneHeading' : 'flow.connected', { title });
  if (isForKey(flow, entry) && flow.leftAt === null) return t('flow.key.heading', { title });
  return hasEnded(flow) ? t('flow.stopped', { title }) : t('flow.connecting', { title });
}

function sentenceOf(
  t: Translate,
  { flow, answer, undone }: FlowView,
  entry: CatalogueEntry,
  place: FlowPlace,
): string {
  const { title } = entry;
  const failure = flow.failure ?? reportedOf(flow);
  if (failure !== null) return place.failure(failure, title).detail(t);
  if (waitsToFinish(flow)) return t('flow.toFinish', { title });
  switch (flow.status) {
    case 'done':
      return undone ? t('flow.undone', { title }) : t('flow.done');
    case 'verifying':
      return answer?.fresh === false ? t('flow.outage') : t('flow.checking');
    case 'open':
      if (answer?.fresh === false) return t('flow.outage');
      if (flow.returns) return t('flow.waiting', { title });
      if (!isForKey(flow, entry)) return t('flow.openHere', { title });
      return flow.leftAt === null ? t('flow.key.opens') : t('flow.key.waiting', { title });
    default:
      return t('flow.cancelled', { title });
  }
}

const tones: Readonly<Record<FlowStatus, Tone>> = {
  open: 'quiet',
  verifying: 'quiet',
  done: 'active',
  failed: 'broken',
  cancelled: 'quiet',
  timed_out: 'attention',
};

const isRefusal = (failure: FailureCode): boolean => failureTable[failure].isRefusal === true;

function toneOf({ flow, undone }: FlowView): Tone {
  const failure = flow.failure ?? reportedOf(flow);
  if (failure !== null && isRefusal(failure)) return 'quiet';
  if (waitsToFinish(flow) || reportedOf(flow) !== null) return 'attention';
  if (flow.failure === 'finished_elsewhere') return 'active';
  if (flow.failure === 'organization_blocked') return 'attention';
  return undone ? 'quiet' : tones[flow.status];
}

/** Where a finished flow leads: to its return address, or to the place's own page. */
export const continueUrlOf = (flow: Flow, place: FlowPlace): string =>
  flow.returnTo ?? place.after(flow.id, flow.connectionName);

/** A flow that ended without a connection stays as it is, so that what is said of it is true now. */
function asOf({ answer }: FlowView, now: number): string | null {
  if (answer === null) return isoTime(now);
  return answer.reading === null ? null : isoTime(answer.reading.asOf);
}

/** The state of a flow, for a poll. */
export function statusAnswer(
  t: Translate,
  view: FlowView,
  entry: CatalogueEntry,
  place: FlowPlace,
  now = Date.now(),
): StatusAnswer {
  const { flow, undone } = view;
  return {
    status: flow.status,
    heading: headingOf(t, view, entry, place),
    sentence: sentenceOf(t, view, entry, place),
    tone: toneOf(view),
    next_poll_ms: hasEnded(flow) ? null : pollDelay(now - flow.createdAt),
    continue_url: flow.status === 'done' && !undone ? continueUrlOf(flow, place) : null,
    expires_at: isoTime(deadlineOf(flow)),
    as_of: asOf(view, now),
  };
}

/** A weak entity tag (RFC 9110, 8.8.1): two answers that differ only in `as_of` say the same, unless it stands still. */
export function entityTagOf(answer: StatusAnswer, fresh: boolean): string {
  const said = [answer.status, answer.sentence, answer.next_poll_ms, answer.expires_at];
  const parts = fresh ? said : [...said, answer.as_of];
  return `W/"${Buffer.from(parts.join('|')).toString('base64url')}"`;
}

function stepsOf(
  t: Translate,
  { flow, undone }: FlowView,
  entry: CatalogueEntry,
  place: FlowPlace,
): NextStep[] {
  const { title } = entry;
  const { id, connectionName, returnTo } = flow;
  const failure = flow.failure ?? reportedOf(flow);
  if (failure !== null) return nextStepsOf(t, failure, { connectionName, title, returnTo }, place);
  const start = (label: string, filled: boolean): NextStep => ({
    label,
    url: place.startConnect(connectionName, returnTo),
    method: 'post',
    filled,
  });
  if (flow.status === 'done')
    return undone ? [start(t('common.actions.connect', { title }), true), wayHome(t, place)] : [];
  if (hasEnded(flow)) return [start(t('common.actions.tryAgain'), true), wayHome(t, place)];
  // The form can be opened again as it is.
  if (isForKey(flow, entry) && !waitsToFinish(flow)) return [];
  const startAgain = start(t('common.actions.startAgain'), false);
  if (!waitsToFinish(flow)) return [startAgain];
  const url = place.finishFlow(connectionName, id);
  return [{ label: t('flow.finish'), url, method: 'post', filled: true }, startAgain];
}

/** What a user whose organization blocks the app sends to their administrator, or null. */
function forAdministrator(t: Translate, flow: Flow, title: string, app: string) {
  if (problemOf(flow) !== 'organization_blocked') return null;
  const code = flow.providerError;
  const text =
    code === null || !isKnownProviderCode(code)
      ? t('flow.forAdministrator.text', { title, app })
      : t('flow.forAdministrator.textWithCode', { title, app, code });
  const subject = t('flow.forAdministrator.subject', { title, app });
  return { text, subject, mailUrl: mailUrlOf(subject, text) };
}

/** In characters. Windows hands no longer ones to a mail program. */
const longestMailUrl = 2000;

/** RFC 6068: lines end with CRLF, and a blank is `%20`. A text that is too long for an address is left to be copied. */
function mailUrlOf(subject: string, text: string): string {
  const address = `mailto:?subject=${encodeURIComponent(subject)}`;
  const whole = `${address}&body=${encodeURIComponent(text.replace(/\r?\n/g, '\r\n'))}`;
  return whole.length <= longestMailUrl ? whole : address;
}

/** What the provider said, whether or not the flow ended by it. */
const problemOf = (flow: Flow) => flow.failure ?? reportedOf(flow);

/** Where the key of a connection is found: a sentence, and the page where one is known. */
function whereKeyIs(t: Translate, { title, keyUrl }: CatalogueEntry) {
  if (keyUrl === null) return { sentence: t('flow.key.somewhere', { title }), link: null };
  return { sentence: t('flow.key.where', { title }), link: { url: keyUrl, label: new URL(keyUrl).host } };
}

/** The form that opens a link in a tab of its own. */
function openFormOf(t: Translate, flow: Flow, { title }: CatalogueEntry, place: FlowPlace, forKey: boolean) {
  if (flow.status !== 'open' || flow.returns) return null;
  const postUrl = place.openLink(flow.connectionName, flow.id);
  if (!forKey) return { postUrl, label: t('flow.openAgain', { title }) };
  return { postUrl, label: t(flow.leftAt === null ? 'flow.key.heading' : 'flow.key.openAgain', { title }) };
}

const refreshSeconds = 3;
/** Slower where there is something to read or to copy. */
const refreshWhileReadingSeconds = 30;
const stillWaitingAfterMs = 20 * second;

/** What `pages/status` is rendered with. */
export function statusPage(
  t: Translate,
  view: FlowView,
  entry: CatalogueEntry,
  place: FlowPlace,
  productName: string,
) {
  const { flow } = view;
  const { connectionName } = flow;
  const { title } = entry;
  const answer = statusAnswer(t, view, entry, place);
  const waiting = !hasEnded(flow);
  const fresh = view.answer?.fresh ?? true;
  const forKey = isForKey(flow, entry);
  const isUnopened = forKey && flow.leftAt === null;
  const away = flow.status === 'open' && !waitsToFinish(flow) && !isUnopened && reportedOf(flow) === null;
  const deadline = deadlineOf(flow);
  const selfUrl = place.status(connectionName, flow.id);
  return {
    ...answer,
    title,
    logo: logoOf(entry, title, place.logo(connectionName)),
    identifier: flow.identifier,
    isMoving: waiting && !waitsToFinish(flow) && !isUnopened && reportedOf(flow) === null,
    whereKeyIs: forKey ? whereKeyIs(t, entry) : null,
    pollUrl: waiting ? place.statusJson(connectionName, flow.id) : null,
    eventsUrl: waiting ? place.events : null,
    etag: waiting ? entityTagOf(answer, fresh) : null,
    nextPollMs: answer.next_poll_ms,
    stillWaitingAfterMs: away ? stillWaitingAfterMs : null,
    stillWaitingSentence: away ? t(forKey ? 'flow.key.stillWaiting' : 'flow.stillWaiting', { title }) : null,
    deadline: waiting
      ? {
          iso: isoTime(deadline),
          text: t('flow.until', { minutes: minutesBetween(flow.createdAt, deadline) }),
        }
      : null,
    openForm: openFormOf(t, flow, entry, place, forKey),
    cancel: waiting
      ? { postUrl: place.cancelFlow(connectionName, flow.id), label: t('common.actions.cancel') }
      : null,
    actions: stepsOf(t, view, entry, place),
    forAdministrator: forAdministrator(t, flow, title, productName),
    adviceUrl:
      problemOf(flow) === 'browser_refused' ? place.durableLink(connectionName, flow.returnTo) : null,
    reference: flow.failure === null || isRefusal(flow.failure) ? null : flow.reference,
    continueUrl: answer.continue_url,
    refresh: refreshOf(waiting, reportedOf(flow) !== null, selfUrl, answer.continue_url),
  };
}

/** For browsers without script: look again while it lasts, go on when it is done. */
function refreshOf(waiting: boolean, isRead: boolean, selfUrl: string, continueUrl: string | null) {
  if (waiting) return { seconds: isRead ? refreshWhileReadingSeconds : refreshSeconds, url: selfUrl };
  return continueUrl === null ? null : { seconds: refreshSeconds, url: continueUrl };
}
