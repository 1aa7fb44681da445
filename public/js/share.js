/** Shares the text that the page shows, where the browser can hand it to other apps. */
const text = document.querySelector('[data-copy-text]');
const control = document.querySelector('[data-share]');

if (text && control && navigator.share) {
  control.hidden = false;
  control.addEventListener('click', async () => {
    try {
      await navigator.share({ title: control.dataset.share, text: text.value });
    } catch {
      // Its reader changed their mind, or copies the text instead.
    }
  });
}
