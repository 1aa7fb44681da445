/**
 * Hears from the server that something changed, as long as the page is seen. `live:changed` says that the server
 * told so, `live:opened` that there was a time without a stream. While there is one, the root element has `data-live`.
 */
const firstRetryMs = 60_000;
const errorsInARow = 5;

const url = document.querySelector('[data-events-url]')?.dataset.eventsUrl;
let source = null;
let errors = 0;
let refusals = 0;
let opened = false;
let timer;

const say = (what) => document.dispatchEvent(new Event(`live:${what}`));
const setLive = (live) => document.documentElement.toggleAttribute('data-live', live);

function close() {
  clearTimeout(timer);
  source?.close();
  source = null;
  setLive(false);
}

function open() {
  if (!url || source || document.hidden || !navigator.onLine) return;
  clearTimeout(timer);
  errors = 0;
  source = new EventSource(url);
  source.addEventListener('changed', () => say('changed'));
  source.addEventListener('error', onError);
  source.addEventListener('open', onOpen);
  // One that the browser opens again by itself is told by the server.
  source.addEventListener('open', () => opened && say('opened'), { once: true });
}

function onOpen() {
  errors = 0;
  refusals = 0;
  opened = true;
  setLive(true);
}

/** The browser tries again by itself, but for an answer that is no stream: then there are enough, or it is down. */
function onError() {
  setLive(false);
  errors += 1;
  if (source.readyState !== EventSource.CLOSED && errors < errorsInARow) return;
  close();
  timer = setTimeout(open, firstRetryMs * 2 ** refusals);
  refusals += 1;
}

document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
addEventListener('online', open);
addEventListener('offline', close);
addEventListener('pagehide', close);
addEventListener('pageshow', open);
