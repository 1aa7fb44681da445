/** Sends the page's form by itself, once: not when the user comes back to the page by "back". */
const form = document.querySelector('form[data-go-on]');
const [navigation] = performance.getEntriesByType('navigation');
if (navigation?.type !== 'back_forward') form.requestSubmit();
