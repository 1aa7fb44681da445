/**
 * Keeps times as long ago as they are, and tells on hover when they were, where the reader is. What the server wrote
 * is true for every reader, and stays where there is no script.
 */
const everyMs = 30_000;
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const week = 7 * day;

const { locale: language } = document.body.dataset;
const ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
const exact = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' });
/** What this script wrote in place of the server's words. Where a translator wrote something else, that stays. */
const written = new WeakMap();

function textOf(seconds) {
  const [length, unit] = seconds < hour ? [minute, 'minute'] : seconds < day ? [hour, 'hour'] : [day, 'day'];
  const text = ago.format(-Math.floor(seconds / length), unit);
  // As the server writes it: Japanese has no blank between a figure and what it counts.
  return text.replace(/(\d) (?=\p{Script=Han}|\p{Script=Katakana})/u, '$1');
}

function tell(time) {
  const at = Date.parse(time.dateTime);
  const seconds = (Date.now() - at) / 1000;
  if (!written.has(time)) {
    time.title = exact.format(at);
    written.set(time, time.textContent);
  }
  if (seconds < minute || seconds >= week || time.textContent !== written.get(time)) return;
  const text = textOf(seconds);
  if (text !== written.get(time)) time.textContent = text;
  written.set(time, text);
}

function tellAll() {
  for (const time of document.querySelectorAll('time[title]')) tell(time);
}

tellAll();
setInterval(tellAll, everyMs);
document.addEventListener('list:changed', tellAll);
