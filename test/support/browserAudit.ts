import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { CDPSession, Page } from 'playwright-core';

/** What is measured of a page in a browser, and asserted of every one. */

/** As on a phone, and on a desk. In pixels. */
export const widths = [360, 1280];
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What is no matter of colour is the same in both themes. */
const ofColour = ['color-contrast', 'link-in-text-block'];

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Asks axe inside the page for the violations alone: all else that it tells takes three times as long. */
async function violationsOf(page: Page, runOnly: object): Promise<string[]> {
  if (await page.evaluate('window.axe === undefined')) await page.evaluate(axe);
  const options = JSON.stringify({ runOnly, resultTypes: ['violations'] });
  const violations = await page.evaluate(`axe.run(document, ${options}).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`);
  return violations as string[];
}

/** What axe finds against WCAG 2.2 AA, and against its own best practices. */
export const anyViolation = (page: Page): Promise<string[]> =>
  violationsOf(page, { type: 'tag', values: standards });

async function violationsInBothThemes(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await anyViolation(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  return [...light, ...(await violationsOf(page, { type: 'rule', values: ofColour }))];
}

/**
 * Waits until the page has its size and its styles, which a busy browser takes a little later. Asked from outside:
 * Playwright's own waiting evaluates text inside the page, which the page's policy forbids.
 */
async function untilDrawn(page: Page, width: number): Promise<void> {
  const isDrawn = `innerWidth === ${width} && document.readyState === 'complete'`;
  while (!(await page.evaluate(isDrawn))) await page.waitForTimeout(20);
}

/** Whether one has to scroll to the side. */
async function overhang(page: Page): Promise<string[]> {
  const pixels = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  return pixels === 0 ? [] : [`it is ${pixels} pixels too wide`];
}

/** The links that look as the browser draws them, for want of a style. */
async function unstyledLinks(page: Page): Promise<string[]> {
  const links = await page.evaluate(`(() => {
    const plain = document.body.appendChild(document.createElement('a'));
    plain.href = '#';
    plain.style.all = 'revert';
    const { color } = getComputedStyle(plain);
    plain.remove();
    return [...document.links].filter((link) => getComputedStyle(link).color === color)
      .map(({ outerHTML }) => outerHTML);
  })()`);
  return (links as string[]).map((html) => `a link without a style: ${html}`);
}

/** What is wrong with a page, narrow and wide, light and dark: accessibility, links without a style, and scrolling to the side. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const width of widths) {
    await setWidth(page, width);
    faults.push(
      ...(await overhang(page)).map((fault) => `at ${width} pixels: ${fault}`),
      ...(await violationsInBothThemes(page)).map((violation) => `at ${width} pixels: ${violation}`),
    );
  }
  return [...faults, ...(await unstyledLinks(page))];
}

/** Whether anybody sees an element: what is cut away whole, until it has the focus, nobody does. */
const isShown = `const isCutAway = (element) => element !== null
    && (getComputedStyle(element).clipPath.startsWith('inset(50%') || isCutAway(element.parentElement));
  const isShown = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !isCutAway(element);`;

/** Targets lower than a finger is thick, but for those that WCAG 2.5.8 excepts too. */
const lowTargets = `(() => {
  const least = 44;
  const tolerated = 0.5;
  const kinds = 'a[href], button, summary, select, textarea, input:not([type=hidden]), [role=button], [role=link]';
  ${isShown}
  // A pseudo-element that is stretched over what surrounds a control belongs to the control.
  const stretched = (element) => ['::before', '::after'].map((pseudo) => {
    const { content, position, top, bottom } = getComputedStyle(element, pseudo);
    if (content === 'none' || position !== 'absolute') return 0;
    let around = element;
    while (around.parentElement && getComputedStyle(around).position === 'static') around = around.parentElement;
    return around.getBoundingClientRect().height - parseFloat(top) - parseFloat(bottom);
  });
  const heightOf = (element) => Math.max(
    ...[element, ...(element.labels ?? [])].map((part) => part.getBoundingClientRect().height),
    ...stretched(element).filter(Number.isFinite),
  );
  const targets = [...document.querySelectorAll(kinds)].filter((element) => {
    const { width, height, bottom, right } = element.getBoundingClientRect();
    // What is outside the page, or there for screen readers alone, is no target.
    return isShown(element) && !element.disabled && width > 1 && height > 1 && bottom > 0 && right > 0;
  });
  const isHigh = (element) => heightOf(element) >= least - tolerated;
  const isInSentence = (element) => {
    if (!getComputedStyle(element).display.startsWith('inline')) return false;
    let block = element.parentElement;
    while (getComputedStyle(block).display.startsWith('inline')) block = block.parentElement;
    const besides = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    let words = '';
    while (besides.nextNode()) {
      const { parentElement, data } = besides.currentNode;
      const nearest = parentElement.closest(kinds);
      if ((nearest === null || !block.contains(nearest)) && isShown(parentElement)) words += data + ' ';
    }
    return /\\p{L}+\\s+\\p{L}+/u.test(words);
  };
  const hasEquivalent = (element) => element.href
    && targets.some((other) => other !== element && other.href === element.href && isHigh(other));
  return targets
    .filter((element) => !isHigh(element) && !isInSentence(element) && !hasEquivalent(element))
    .map((element) => Math.round(heightOf(element)) + ' pixels high: ' + element.outerHTML.slice(0, 160));
})()`;

/** Lines of text that run into each other, and lines that are lower than their letters. */
const crowdedText = `(() => {
  const [above, below] = [0.15, 0.05];
  const slack = 1;
  const boxes = [];
  const low = new Set();
  ${isShown}
  const clips = new Map();
  const clipOf = (element) => {
    if (element === document.body || element === null)
      return { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
    const known = clips.get(element);
    if (known) return known;
    const outer = clipOf(element.parentElement);
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const { overflowX, overflowY, display } = getComputedStyle(element);
    const cuts = display !== 'inline' && (overflowX !== 'visible' || overflowY !== 'visible');
    const clip = !cuts ? outer : {
      left: Math.max(left, outer.left), top: Math.max(top, outer.top),
      right: Math.min(right, outer.right), bottom: Math.min(bottom, outer.bottom),
    };
    clips.set(element, clip);
    return clip;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const element = node.parentElement;
    if (!node.data.trim() || !isShown(element)) continue;
    const clip = clipOf(element);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = {
        left: Math.max(rect.left, clip.left), right: Math.min(rect.right, clip.right),
        top: Math.max(rect.top + rect.height * above, clip.top),
        bottom: Math.min(rect.bottom - rect.height * below, clip.bottom),
        text: node.data.trim().slice(0, 40), node,
      };
      if (box.right - box.left <= slack || box.bottom - box.top <= slack) continue;
      boxes.push(box);
      const { lineHeight, fontSize } = getComputedStyle(element);
      if (parseFloat(lineHeight) < parseFloat(fontSize))
        low.add('letters of ' + fontSize + ' in lines of ' + lineHeight + ': ' + box.text);
    }
  }
  boxes.sort((one, other) => one.top - other.top);
  const crossing = [];
  boxes.forEach((one, index) => {
    for (const other of boxes.slice(index + 1)) {
      // What is cut with an ellipsis is one line, which the browser tells as two.
      if (other.node === one.node && getComputedStyle(one.node.parentElement).whiteSpace === 'nowrap') continue;
      if (other.top >= one.bottom - slack) break;
      if (Math.min(one.right, other.right) - Math.max(one.left, other.left) > slack)
        crossing.push('“' + one.text + '” runs into “' + other.text + '”');
    }
  });
  return [...low, ...crossing];
})()`;

/** The default fonts of readers who set a larger one, in pixels. */
const largerFonts = [24, 32];

const fontSessions = new WeakMap<Page, Promise<CDPSession>>();

/** Sets the default font of a browser's page, as its reader does in the settings. In pixels. */
export async function setDefaultFont(page: Page, pixels: number): Promise<void> {
  // What a session set ends with it.
  const opening = fontSessions.get(page) ?? page.context().newCDPSession(page);
  fontSessions.set(page, opening);
  const session = await opening;
  const fontSizes = { standard: pixels, fixed: Math.round((pixels * 13) / 16) };
  await session.send('Page.setFontSizes', { fontSizes });
}

async function setWidth(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 800 });
  await untilDrawn(page, width);
}

/** What every page is held to. */
export const rules = ['accessibility', 'overflow', 'layout shift', 'target size', 'larger fonts'] as const;
export type Rule = (typeof rules)[number];

const mostShift = 0.02;

/**
 * Holds a page to all rules.
 * @param shifted how far what is on the page has moved, as `watchShifts` tells it
 * @param isAnswerToForm whether the page answered a form, so that it can't be loaded anew
 */
export async function audit(
  page: Page,
  { shifted, isAnswerToForm }: { shifted(): Promise<number>; isAnswerToForm: boolean },
): Promise<Record<Rule, string[]>> {
  const faults: Record<Rule, string[]> = {
    accessibility: [],
    overflow: [],
    'layout shift': [],
    'target size': [],
    'larger fonts': [],
  };
  const note = (rule: Rule, where: string, found: readonly string[]) =>
    faults[rule].push(...found.map((fault) => `${where}: ${fault}`));
  const lookForShifts = async (where: string) => {
    const shift = await shifted();
    if (shift > mostShift) note('layout shift', where, [`it moves by ${shift.toFixed(3)}`]);
  };
  await lookForShifts('as it came');
  for (const width of widths) {
    const where = `at ${width} pixels`;
    await setWidth(page, width);
    if (!isAnswerToForm && width === 360) {
      await page.reload();
      await lookForShifts(where);
    }
    note('overflow', where, await overhang(page));
    // The colours of a theme are the same at every width.
    const inDarkToo = width === 360;
    if (!inDarkToo) await page.emulateMedia({ colorScheme: 'light' });
    note('accessibility', where, await (inDarkToo ? violationsInBothThemes : anyViolation)(page));
    if (width === 360) note('target size', where, (await page.evaluate(lowTargets)) as string[]);
    for (const font of largerFonts) {
      await setDefaultFont(page, font);
      const withFont = `${where} with a font of ${font}`;
      note('larger fonts', withFont, (await page.evaluate(crowdedText)) as string[]);
      note('larger fonts', withFont, await overhang(page));
    }
    await setDefaultFont(page, 16);
  }
  note('accessibility', 'anywhere', await unstyledLinks(page));
  return faults;
}

/** Adds up the layout shifts that nobody caused by typing or clicking (CLS without its windows). */
export async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(`
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  `);
  return () =>
    page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(window.shifted))))',
    ) as Promise<number>;
}
