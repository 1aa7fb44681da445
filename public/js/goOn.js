/**
 * Sends the page's form by itself, once: not when the user comes back to the page by "back", and not before a page
 * that the browser prepared is looked at.
 */
const form = document.querySelector('form[data-go-on]');
const [navigation] = performance.getEntriesByType('navigation');

const goOn = () => form.requestSubmit();

if (document.prerendering) document.addEventListener('prerenderingchange', goOn, { once: true });
else if (navigation?.type !== 'back_forward') goOn();
