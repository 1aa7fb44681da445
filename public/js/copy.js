/** Copies what a field holds. Without script the field can be selected, so the button shows only with it. */
for (const part of document.querySelectorAll('[data-copy]')) {
  const field = part.querySelector('textarea');
  const button = part.querySelector('button');
  const said = part.querySelector('[role="status"]');

  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = part.dataset.copied;
    } catch {
      field.focus();
      field.select();
      said.textContent = part.dataset.notCopied;
    }
  });
}
