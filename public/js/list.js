/**
 * Reads the list again when something changed, and puts in place what is different. Besides that it reads now and
 * then, each time after twice as long: a page that nobody looks after must not keep its session alive for ever.
 *
 * What is different is told by what the server said last, never by the page, whose words a translator may have
 * changed. What is under the pointer or has the focus neither moves nor changes until it is left.
 */
const firstPollMs = 15_000;
const fewerWhileLive = 4;
const submittingPauseMs = 1_000;
/** A stream that opens again comes first. */
const comeBackMs = 2_000;
const answerWithinMs = 15_000;

const list = document.querySelector('[data-list]');
const summary = document.querySelector('[data-summary]');
const offline = document.querySelector('[data-offline]');
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
  const response = await fetch(location.href, {
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

const sessionOf = (page) => page.querySelector('.who')?.dataset.session;

/** Whether the page is the list of the same user, in the same session. */
const isOurs = (page) => page.querySelector('[data-list]') && sessionOf(page) === sessionOf(document);

const partNames = ['tile', 'row-body', 'state', 'row-action', 'row-menu'];
const rowsOf = (element) => [...element.querySelectorAll('[data-connection]')];
const partOf = (row, name) => row.querySelector(`:scope > .${name}`);

/** What the server says of an element. A form's token is another one in each answer, and means the same. */
function wordsOf(element) {
  if (!element) return '';
  const copy = element.cloneNode(true);
  for (const token of copy.querySelectorAll('[name="_csrf"]')) token.removeAttribute('value');
  return copy.outerHTML;
}

const orderOf = (element) =>
  [...element.querySelectorAll('h2, [data-connection]')]
    .map((part) => part.dataset.connection ?? `#${part.id}`)
    .join('\n');

/** What the server said of a page, and what of it is shown. */
const said = {
  summary: summary.innerHTML,
  outage: wordsOf(document.querySelector('[data-outage]')),
  title: document.title,
  order: orderOf(list),
  parts: new Map(),
};

const keep = (row) => {
  for (const name of partNames)
    said.parts.set(`${row.dataset.connection} ${name}`, wordsOf(partOf(row, name)));
};
rowsOf(list).forEach(keep);

/** The newest page, as long as a part of it waits to be shown. */
let waiting = null;

/** A finger leaves its touch behind as a hover. */
const hovers = matchMedia('(hover: hover)').matches;
const isAt = (element) => element.matches(':focus-within') || (hovers && element.matches(':hover'));
/** What can be pressed keeps its meaning under the pointer; words may change there. */
const isHeld = (part, name) =>
  name === 'row-body' ? part.matches(':focus-within') : name !== 'state' && (part.open || isAt(part));
const isInUse = () => rowsOf(list).some(isAt) || list.querySelector('.row-menu[open]') !== null;

function show(page) {
  waiting = null;
  showSummary(page);
  showOutage(page.querySelector('[data-outage]'));
  showLogos(page.querySelector('[data-logos]'));
  showRows(page);
  document.dispatchEvent(new Event('list:changed'));
}

function showSummary(page) {
  const next = page.querySelector('[data-summary]').innerHTML;
  // It is announced when it changes.
  if (next !== said.summary) {
    summary.replaceChildren(...document.importNode(page.querySelector('[data-summary]'), true).childNodes);
    said.summary = next;
  }
  if (page.title !== said.title) document.title = page.title;
  said.title = page.title;
}

function showOutage(outage) {
  const next = wordsOf(outage);
  if (next === said.outage) return;
  said.outage = next;
  document.querySelector('[data-outage]')?.remove();
  if (outage) summary.after(document.importNode(outage, true));
}

/** The rows draw from these. */
function showLogos(logos) {
  const shown = document.querySelector('[data-logos]');
  if (!logos || shown?.isEqualNode(logos)) return;
  const made = document.importNode(logos, true);
  if (shown) shown.replaceWith(made);
  else document.body.append(made);
}

/** Rows change where they are. Then they are put into their order, unless somebody is at one of them. */
function showRows(page) {
  const next = page.querySelector('[data-list]');
  const rows = new Map(rowsOf(list).map((row) => [row.dataset.connection, row]));
  for (const now of rowsOf(next)) {
    const row = rows.get(now.dataset.connection);
    if (row && !changeRow(row, now)) waiting = page;
  }
  const order = orderOf(next);
  if (order === said.order) return;
  if (isInUse()) waiting = page;
  else reorder(document.importNode(next, true), rows, order);
}

/** @returns whether all of it could be changed */
function changeRow(row, now) {
  let all = true;
  let after = null;
  for (const name of partNames) {
    const key = `${row.dataset.connection} ${name}`;
    const [old, next] = [partOf(row, name), partOf(now, name)];
    const words = wordsOf(next);
    if (words === said.parts.get(key)) {
      after = old ?? after;
    } else if (old && isHeld(old, name)) {
      all = false;
      after = old;
    } else {
      const made = next && document.importNode(next, true);
      old?.remove();
      if (made && after) after.after(made);
      else if (made) row.prepend(made);
      said.parts.set(key, words);
      after = made ?? after;
    }
  }
  if (all) {
    row.className = now.className;
    row.dataset.state = now.dataset.state;
  }
  return all;
}

function reorder(next, rows, order) {
  for (const now of rowsOf(next)) {
    const row = rows.get(now.dataset.connection);
    if (row) {
      row.className = now.className;
      now.replaceWith(row);
    } else keep(now);
  }
  for (const fold of next.querySelectorAll('[data-fold]')) {
    const id = fold.querySelector('h2').id;
    fold.open = document.getElementById(id)?.closest('[data-fold]')?.open ?? fold.open;
  }
  list.replaceChildren(...next.childNodes);
  said.order = order;
}

/** Shows what waited, once nobody is at it any more. */
function showWaiting() {
  const page = waiting;
  if (page && !document.querySelector('form[data-submitted]')) show(page);
}

/** After the browser has moved the focus, or the pointer. */
const soon = () => waiting && setTimeout(showWaiting, 0);
list.addEventListener('focusout', soon);
list.addEventListener('pointerout', soon);
list.addEventListener('toggle', soon, true);

function tellOffline() {
  offline.hidden = navigator.onLine;
  offline.querySelector('p').textContent = navigator.onLine ? '' : offline.dataset.offline;
}

const wide = matchMedia('(min-width: 48em)');
const foldFrom = 16;

/** A long list on a narrow page begins with its groups folded, but for the first. */
function fold() {
  const folds = [...list.querySelectorAll('[data-fold]')];
  if (wide.matches || folds.length < 2 || rowsOf(list).length <= foldFrom) return;
  for (const one of folds.slice(1)) one.open = false;
}

/**
 * Notes which entry of the history this list is, so that the status page can go back to it: the pages of the provider in
 * between, whose link is used up, are then not behind the list. Only of an entry that was just added the place is known.
 */
if (globalThis.navigation?.activation?.navigationType === 'push')
  history.replaceState({ entry: history.length }, '');
list.addEventListener('submit', () => {
  sessionStorage.setItem('list-entry', history.state?.entry ?? '');
});

/** What came of it is told by the address that the status page would have gone to. */
function takeOutcome() {
  const url = sessionStorage.getItem('list-outcome');
  sessionStorage.removeItem('list-outcome');
  if (!url || url === location.pathname + location.search) return;
  history.replaceState(history.state, '', url);
  document.addEventListener('list:changed', tellOutcome, { once: true });
  readNow();
}

/** As the page does that begins with an outcome: the words get the focus, and what is new is seen. */
function tellOutcome() {
  summary.tabIndex = -1;
  if (document.activeElement === document.body) summary.focus();
  showNew();
}

const showNew = () => list.querySelector('.row.new')?.scrollIntoView({ block: 'nearest' });

document.addEventListener('live:changed', readNow);
document.addEventListener('live:opened', readNow);
document.addEventListener('visibilitychange', comeBack);
addEventListener('pageshow', (event) => event.persisted && comeBack());
addEventListener('pageshow', takeOutcome);
addEventListener('online', comeBack);
addEventListener('online', tellOffline);
addEventListener('offline', tellOffline);
tellOffline();
fold();
showNew();
schedule();
