/** Follows one flow until it is settled. The server decides how long to wait before each next question. */
const firstRetryMs = 2_000;
const lastRetryMs = 15_000;
const answerWithinMs = 15_000;
const goOnAfterMs = 2_000;

const page = document.querySelector('[data-flow]');
const heading = page.querySelector('[data-heading]');
const sentence = page.querySelector('[data-sentence]');
const goOn = page.querySelector('[data-continue]');
const { pollUrl, stillWaiting, stillWaitingAfterMs, unreachable, offline } = page.dataset;

let etag = page.dataset.etag;
let said = sentence.textContent;
/** What the page says; what a translator made of it stays as long as that is the same. */
let spoken = said;
const { saidHeading } = page.dataset;
let delayMs = Number(page.dataset.nextPollMs);
let failures = 0;
let overdue = false;
let asking = false;
let changed = false;
let leaving = false;
let timer;

function isWaiting() {
  if (leaving) return false;
  return page.dataset.status === 'open' || page.dataset.status === 'verifying';
}

/** Says what matters most. A sentence that stays the same is left alone, so that nobody hears it twice. */
function speak() {
  let words = said;
  if (page.dataset.status === 'open' && overdue) words = stillWaiting;
  if (isWaiting() && failures > 0) words = unreachable;
  if (isWaiting() && !navigator.onLine) words = offline;
  if (words !== spoken) sentence.textContent = words;
  spoken = words;
}

function schedule() {
  clearTimeout(timer);
  if (!isWaiting() || document.hidden) return;
  const retryMs = Math.min(firstRetryMs * 2 ** (failures - 1), lastRetryMs);
  timer = setTimeout(ask, failures > 0 ? retryMs : delayMs);
}

/** The server has the words for every other end, and for a session that is gone. */
function reload() {
  leaving = true;
  location.reload();
}

/** The most entries that a browser counts in its history. */
const historyEnd = 50;
const wentBackWithinMs = 1_000;

/**
 * How many entries of the history the list is away from which this was begun, or 0 where that is not known for sure:
 * only an entry that was just added is the last one.
 */
function stepsToList() {
  const entry = Number(sessionStorage.getItem('list-entry'));
  const isLast = globalThis.navigation?.activation?.navigationType === 'push' && history.length < historyEnd;
  return entry > 0 && isLast ? Math.min(0, entry - history.length) : 0;
}

/**
 * Goes on to where the user came from. To the list it goes back, so that "back" does not lead from there to the link
 * that is used up; anything else takes this page's place, so that "back" does not lead to a page that goes on by itself.
 */
function goOnTo(url) {
  const steps = new URL(url, location.href).searchParams.has('flow') ? stepsToList() : 0;
  sessionStorage.removeItem('list-entry');
  if (steps === 0) return location.replace(url);
  sessionStorage.setItem('list-outcome', url);
  history.go(steps);
  setTimeout(() => location.replace(url), wentBackWithinMs);
}

function leaveFor(url) {
  setTimeout(goOnTo, goOnAfterMs, url);
}

goOn?.addEventListener('click', (event) => {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  goOnTo(goOn.href);
});

function finish(answer) {
  if (answer.status !== 'done' || !answer.continue_url || !goOn) {
    reload();
    return;
  }
  const hadFocus = page.contains(document.activeElement);
  document.title = document.title.replace(saidHeading, () => answer.heading);
  heading.textContent = answer.heading;
  goOn.href = answer.continue_url;
  page.dataset.status = answer.status;
  if (hadFocus) goOn.focus();
  leaveFor(answer.continue_url);
}

function apply(answer) {
  said = answer.sentence;
  if (answer.next_poll_ms !== null) delayMs = answer.next_poll_ms;
  if (answer.status !== 'open' && answer.status !== 'verifying') finish(answer);
  // Something else is said, and something else can be done about it.
  else if (answer.status === 'open' && answer.heading !== saidHeading) reload();
  else page.dataset.status = answer.status;
}

/** A form is on its way, whose answer is the next page: to reload now would call it back. */
const isSubmitting = () => document.querySelector('form[data-submitted]:not([target])') !== null;

/** Reads one response; throws where asking again later may help. */
async function read(response) {
  if (response.status === 304 || isSubmitting()) return;
  if (response.ok) {
    const answer = await response.json();
    etag = response.headers.get('etag') ?? '';
    apply(answer);
    return;
  }
  const mayPass = response.status >= 500 || response.status === 408 || response.status === 429;
  if (mayPass) throw new Error(`status ${response.status}`);
  reload();
}

/** Where to ask: a page that hears of changes by itself may ask less often. */
function address() {
  return document.documentElement.hasAttribute('data-live') ? `${pollUrl}&live=1` : pollUrl;
}

async function ask() {
  if (asking || !isWaiting()) return;
  clearTimeout(timer);
  asking = true;
  changed = false;
  try {
    const response = await fetch(address(), {
      headers: { accept: 'application/json', ...(etag && { 'if-none-match': etag }) },
      cache: 'no-cache',
      redirect: 'manual',
      signal: AbortSignal.timeout(answerWithinMs),
    });
    await read(response);
    failures = 0;
  } catch {
    failures += 1;
  }
  asking = false;
  speak();
  if (changed && !isSubmitting()) ask();
  else schedule();
}

/** Something changed, perhaps after the answer that is under way was made. */
function wake() {
  changed = true;
  ask();
}

function resume() {
  if (document.hidden) clearTimeout(timer);
  else ask();
}

if (pollUrl && isWaiting()) {
  schedule();
  document.addEventListener('visibilitychange', resume);
  document.addEventListener('live:changed', wake);
  addEventListener('online', resume);
  addEventListener('offline', speak);
  addEventListener('pageshow', (event) => event.persisted && resume());
  if (stillWaiting) {
    setTimeout(() => {
      overdue = true;
      speak();
    }, Number(stillWaitingAfterMs));
  }
} else if (page.dataset.status === 'done' && page.dataset.continueUrl) {
  leaveFor(page.dataset.continueUrl);
}
