import type { Page } from 'playwright-core';

/** What a browser's translation does to a page, as Chrome's does it: each text moves into two `<font>` elements. */

const texts = `(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (/\\p{L}/u.test(data) && !parentElement.closest('script, style, noscript, textarea'))
      found.push(walker.currentNode);
  }
  return found;
})()`;

/** Translates every text: what is in another language stands between « and ». */
export async function translate(page: Page): Promise<void> {
  await page.evaluate(`for (const text of ${texts}) {
    const outer = document.createElement('font');
    const inner = outer.appendChild(document.createElement('font'));
    outer.style.verticalAlign = inner.style.verticalAlign = 'inherit';
    text.replaceWith(outer);
    inner.textContent = '«' + text.data + '»';
  }`);
}

/** The texts that are in the page's own language. */
export const untranslated = (page: Page): Promise<string[]> =>
  page.evaluate(
    `${texts}.map(({ data }) => data).filter((text) => !text.startsWith('«')).map((text) => text.trim())`,
  ) as Promise<string[]>;
