/** Narrows the list of connections while the user types. The box is styled to be there only where scripts run. */
const announceAfterMs = 250;

const box = document.querySelector('[data-filter]');

if (box) {
  const input = box.querySelector('input');
  const count = box.querySelector('[role="status"]');
  const nothing = document.querySelector('[data-filter-nothing]');
  let sections;
  let cards;
  let announcement;

  function collect() {
    sections = [...document.querySelectorAll('[data-section]')];
    cards = [...document.querySelectorAll('[data-connection]')].map((element) => ({
      element,
      words: fold(wordsOf(element)),
    }));
  }

  function wordsOf(card) {
    const texts = [...card.querySelectorAll('.row-title, .row-text, .state')];
    return [card.dataset.connection, ...texts.map((text) => text.textContent)].join(' ');
  }

  function fold(text) {
    return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  }

  function announce(text) {
    clearTimeout(announcement);
    announcement = setTimeout(() => {
      // Said again, it would be heard again.
      if (count.textContent !== text) count.textContent = text;
    }, announceAfterMs);
  }

  function apply() {
    const wanted = fold(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const card of cards) {
      const matches = wanted.every((word) => card.words.includes(word));
      card.element.hidden = !matches;
      if (matches) shown += 1;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector('[data-connection]:not([hidden])');
      // What is looked for may lie in a group that is folded.
      const fold = wanted.length > 0 && section.querySelector('[data-fold]');
      if (fold) fold.open = true;
    }
    nothing.hidden = shown > 0;
    nothing.textContent = shown > 0 ? '' : box.dataset.nothing.replace('{text}', () => input.value.trim());
    const words = box.dataset.count.replace('{shown}', shown).replace('{all}', cards.length);
    announce(wanted.length > 0 ? words : '');
  }

  input.addEventListener('input', apply);
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || input.value === '') return;
    event.preventDefault();
    input.value = '';
    apply();
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.closest?.('input, textarea, select, [contenteditable]');
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    event.preventDefault();
    input.focus();
  });
  document.addEventListener('list:changed', () => {
    collect();
    apply();
  });
  collect();
  // The browser may bring the typed text back with the page.
  addEventListener('pageshow', apply);
}
