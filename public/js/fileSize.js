/** Says at once that a file is larger than its form takes. Without script the answer says so. */
for (const input of document.querySelectorAll('input[data-most-bytes]')) {
  input.addEventListener('change', () => {
    const [file] = input.files;
    const tooLarge = file !== undefined && file.size > Number(input.dataset.mostBytes);
    input.setCustomValidity(tooLarge ? input.dataset.tooLarge : '');
    input.reportValidity();
  });
}
