/** Follows a mailing until it is over. The list of results is read again then, with the page. */
const pauseMs = 2_000;
const answerWithinMs = 15_000;

const page = document.querySelector('[data-mailing]');
const sentence = page.querySelector('[data-sentence]');
const { pollUrl } = page.dataset;

/** A form is on its way, whose answer is the next page: to reload now would call it back. */
const isSubmitting = () => document.querySelector('form[data-submitted]') !== null;

function show(answer) {
  if (sentence.textContent !== answer.sentence) sentence.textContent = answer.sentence;
  const howFar = page.querySelector('progress');
  howFar.max = answer.all;
  howFar.value = answer.done;
  page.querySelector('[data-progress]').textContent = answer.progress;
  for (const { outcome, count } of answer.outcomes) {
    page.querySelector(`[data-outcome="${outcome}"]`).textContent = count;
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
