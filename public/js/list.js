/**
 * Reads the list again when something changed, and puts in place what is different. Besides that it reads now and
 * then, each time after twice as long: a page that nobody looks after must not keep its session alive for ever.
 */
const firstPollMs = 15_000;
const fewerWhileLive = 4;
const submittingPauseMs = 1_000;
/** A stream that opens again comes first. */
const comeBackMs = 2_000;
const answerWithinMs = 15_000;

const list = document.querySelector('[data-list]');
const summary = document.querySelector('[data-summary]');
const isLive = () => document.documentElement.hasAttribute('data-live');

let pollMs = firstPollMs;
let reading = false;
let changed = false;
let timer;

function schedule() {
  clearTimeout(timer);
  if (document.hidden) return;
  timer = setTimeout(read, isLive() ? pollMs * fewerWhileLive : pollMs);
  pollMs *= 2;
}

function readNow() {
  pollMs = firstPollMs;
  changed = true;
  read();
}

function comeBack() {
  clearTimeout(timer);
  pollMs = firstPollMs;
  if (!document.hidden) timer = setTimeout(read, comeBackMs);
}

async function read() {
  if (reading) return;
  clearTimeout(timer);
  reading = true;
  changed = false;
  const shown = await readOnce().catch(() => true);
  reading = false;
  if (!shown) timer = setTimeout(read, submittingPauseMs);
  else if (changed) read();
  else schedule();
}

/** @returns whether what was read could be shown */
async function readOnce() {
  const response = await fetch(location.pathname, {
    headers: { accept: 'text/html' },
    cache: 'no-store',
    redirect: 'manual',
    signal: AbortSignal.timeout(answerWithinMs),
  });
  const signedOut = response.type === 'opaqueredirect';
  if (!response.ok && !signedOut) return true;
  const page = signedOut ? null : new DOMParser().parseFromString(await response.text(), 'text/html');
  // What is being sent off stays as it is.
  if (document.querySelector('form[data-submitted]')) return false;
  if (page === null || !isOurs(page)) location.reload();
  else show(page);
  return true;
}

const sessionOf = (page) =>
  [page.querySelector('.who')?.title, page.querySelector('.top [name="_csrf"]')?.value].join();

/** Whether the page is the list of the same user, in the same session. */
const isOurs = (page) => page.querySelector('[data-list]') && sessionOf(page) === sessionOf(document);

function show(page) {
  const focused = focusedControl();
  showOutage(page.querySelector('[data-outage]'));
  showLogos(page.querySelector('[data-logos]'));
  showCards(page.querySelector('[data-list]'));
  const sentence = page.querySelector('[data-summary]').textContent;
  // It is announced when it changes.
  if (summary.textContent !== sentence) summary.textContent = sentence;
  document.dispatchEvent(new Event('list:changed'));
  if (focused) bringFocusBack(focused);
}

function showOutage(outage) {
  const shown = document.querySelector('[data-outage]');
  if (!outage) shown?.remove();
  else if (!shown) summary.after(outage);
  else if (!shown.isEqualNode(outage)) shown.replaceWith(outage);
}

/** The cards draw from these. */
function showLogos(logos) {
  const shown = document.querySelector('[data-logos]');
  if (!logos || shown?.isEqualNode(logos)) return;
  if (shown) shown.replaceWith(logos);
  else document.body.append(logos);
}

const cardsOf = (element) => [...element.querySelectorAll('[data-connection]')];
const orderOf = (element) =>
  [...element.querySelectorAll('h2, [data-connection]')]
    .map((part) => part.dataset.connection ?? `#${part.id}`)
    .join('\n');

/** Cards that are the same stay the same elements, and where nothing moved they are not touched at all. */
function showCards(next) {
  const known = new Map(cardsOf(list).map((card) => [card.dataset.connection, card]));
  const moved = orderOf(list) !== orderOf(next);
  const sections = [...document.adoptNode(next).children];
  for (const card of cardsOf(next)) {
    const old = known.get(card.dataset.connection);
    // What the filter hides stays hidden.
    if (old) card.hidden = old.hidden;
    const same = old?.isEqualNode(card);
    if (moved && same) card.replaceWith(old);
    if (!moved && !same) old.replaceWith(card);
  }
  if (moved) list.replaceChildren(...sections);
}

function focusedControl() {
  const control = document.activeElement;
  const card = list.contains(control) && control.closest('[data-connection]');
  return (
    card && { name: card.dataset.connection, place: control.closest('.card-action, .card-body').className }
  );
}

/** To the same control of the same connection, or to what is nearest to it. */
function bringFocusBack({ name, place }) {
  if (list.contains(document.activeElement)) return;
  const card = cardsOf(list).find((one) => one.dataset.connection === name);
  const control =
    card?.querySelector(`.${place} :is(a, button)`) ??
    card?.querySelector('a, button') ??
    list.closest('main');
  control.focus({ preventScroll: true });
}

document.addEventListener('live:changed', readNow);
document.addEventListener('live:opened', readNow);
document.addEventListener('visibilitychange', comeBack);
addEventListener('pageshow', (event) => event.persisted && comeBack());
addEventListener('online', comeBack);
schedule();
