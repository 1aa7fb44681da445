/** Shares the text that the page shows, where the browser can hand it to other apps. */
const text = document.querySelector('[data-copy-text]');
const said = document.querySelector('[data-not-shared]');
const control = document.querySelector('[data-share]');

if (text && control && navigator.share) {
  control.hidden = false;
  control.addEventListener('click', async () => {
    said.textContent = '';
    try {
      await navigator.share({ title: control.dataset.share, text: text.value });
    } catch (error) {
      // Its reader changed their mind.
      if (error.name === 'AbortError') return;
      said.textContent = said.dataset.notShared;
    }
  });
}
