/** Follows a mailing until it is over. The list of results is read again then, with the page. */
const pauseMs = 2_000;
const answerWithinMs = 15_000;

const page = document.querySelector('[data-mailing]');
const sentence = page.querySelector('[data-sentence]');
const { pollUrl } = page.dataset;

/** A form is on its way, whose answer is the next page: to reload now would call it back. */
const isSubmitting = () => document.querySelector('form[data-submitted]') !== null;

const said = new Map();
for (const part of page.querySelectorAll('[data-sentence], [data-progress], [data-outcome]'))
  said.set(part, part.textContent);

/** Writes what is new by what was said last: a translator may have changed what the page says. */
function write(element, text) {
  if (said.get(element) !== text) element.textContent = text;
  said.set(element, text);
}

function show(answer) {
  write(sentence, answer.sentence);
  const howFar = page.querySelector('progress');
  howFar.max = answer.all;
  howFar.value = answer.done;
  write(page.querySelector('[data-progress]'), answer.progress);
  for (const { outcome, count } of answer.outcomes) {
    write(page.querySelector(`[data-outcome="${outcome}"]`), String(count));
  }
}

async function ask() {
  if (!document.hidden && !isSubmitting()) {
    const response = await fetch(pollUrl, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(answerWithinMs),
    }).catch(() => null);
    if (response?.ok) {
      const answer = await response.json();
      show(answer);
      if (!answer.running) {
        location.reload();
        return;
      }
    }
  }
  setTimeout(ask, pauseMs);
}

if (pollUrl) setTimeout(ask, pauseMs);
