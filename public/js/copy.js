/**
 * Copies a text for whoever presses a control with `data-copy`: that one, or where it is empty the one that the page
 * shows. Where the browser refuses, a link leads to the page that shows the text, and a shown text is selected.
 */
const said = document.querySelector('[data-copied]');
const shown = document.querySelector('[data-copy-text]');

async function copy(control) {
  said.textContent = '';
  try {
    await navigator.clipboard.writeText(control.dataset.copy || (shown.value ?? shown.textContent));
    if (said.dataset.done) control.textContent = said.dataset.done;
    said.textContent = said.dataset.copied;
  } catch {
    if (control.href) return location.assign(control.href);
    if (shown.select) shown.select();
    else getSelection().selectAllChildren(shown);
    said.textContent = said.dataset.notCopied;
  }
}

for (const control of document.querySelectorAll('[data-copy]')) {
  // Without script a button does nothing, so that it shows only with it.
  control.hidden = false;
  control.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    copy(control);
  });
}
