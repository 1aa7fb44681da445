/**
 * Sends each POST form once, however often its button is pressed. The button is marked rather than disabled, so
 * that its name and value are sent and the keyboard's focus stays where it is.
 */
const blankTargetPauseMs = 2_000;
const lostAnswerPauseMs = 15_000;

function mark(form, submitted) {
  form.toggleAttribute('data-submitted', submitted);
  for (const button of form.querySelectorAll('button')) {
    if (submitted) button.setAttribute('aria-disabled', 'true');
    else button.removeAttribute('aria-disabled');
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post') return;
  if (form.hasAttribute('data-submitted')) {
    event.preventDefault();
    return;
  }
  mark(form, true);
  setTimeout(() => mark(form, false), form.target === '_blank' ? blankTargetPauseMs : lostAnswerPauseMs);
});

// A page that comes back from the back-forward cache comes back as it was left: with its buttons marked.
addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll('form[data-submitted]')) mark(form, false);
});
