import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Response } from 'express';
import type { Page, Request } from 'playwright-core';
import { languagesIn } from '../../server/words/words.js';
import { useStage } from '../support/browser.js';
import { audit, rules, watchShifts } from '../support/browserAudit.js';
import { scenes } from '../support/browserScenes.js';
import { afterAll, beforeAll, describe, expect, it } from '../support/jest.js';
import type { Scene, Stage } from '../support/stage.js';
import { translate, untranslated } from '../support/translation.js';

const stage = useStage();

const views = fileURLToPath(new URL('../../views/pages', import.meta.url));
const { render } = express.response;
const rendered = new Set<string>();

/** Notes which pages the app renders. */
beforeAll(() => {
  express.response.render = function (this: Response, view: string, ...rest: unknown[]) {
    rendered.add(view);
    return (render as (...args: unknown[]) => void).call(this, view, ...rest);
  };
});

afterAll(() => {
  express.response.render = render;
});

type Visit = Stage['visit'];

/** The stage, on which every page is prepared before it goes anywhere. */
const preparing = (prepare: (page: Page) => Promise<unknown>, locale = 'en-GB'): Stage =>
  Object.create(stage, {
    visit: {
      async value(...options: Parameters<Visit>): ReturnType<Visit> {
        const [visitOptions] = options;
        const page = await stage.visit({ locale, ...visitOptions });
        await prepare(page);
        return page;
      },
    },
  });

/** Runs a scene, and watches its page from the start. */
async function watched(scene: Scene, locale: string) {
  const shifts = new Map<Page, () => Promise<number>>();
  const statuses = new Map<Page, number>();
  const answersToForms = new Set<Page>();
  const page = await scene(
    preparing(async (visited) => {
      shifts.set(visited, await watchShifts(visited));
      visited.on('response', (response) => {
        const request = response.request();
        if (!request.isNavigationRequest() || request.frame() !== visited.mainFrame()) return;
        statuses.set(visited, response.status());
        if (request.method() === 'POST') answersToForms.add(visited);
        else answersToForms.delete(visited);
      });
    }, locale),
  );
  const shifted = shifts.get(page);
  if (shifted === undefined) throw new Error('the scene ended on a page that nobody watched');
  // A fault of our own would be a page that keeps the rules as well.
  expect(statuses.get(page)).not.toBe(500);
  return { page, shifted, isAnswerToForm: answersToForms.has(page) };
}

/** Each page in one language: the next one in the next. */
const languages = languagesIn();
const inLanguages = Object.entries(scenes).map(
  ([name, scene], index) => [name, languages[index % languages.length] ?? '', scene] as const,
);

describe('every page, narrow and wide, light and dark, with small and large fonts', () => {
  it.each(inLanguages)('%s keeps the rules, in %s', async (_name, locale, scene) => {
    const { page, ...facts } = await watched(scene, locale);
    const faults = await audit(page, facts);
    expect(rules.flatMap((rule) => faults[rule].map((fault) => `${rule}, ${fault}`))).toEqual([]);
  });

  it('is on the list of scenes', () => {
    const all = readdirSync(views, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ejs'))
      .map((file) => path.posix.join('pages', file.slice(0, -'.ejs'.length)));
    expect(all.filter((view) => !rendered.has(view))).toEqual([]);
  });
});

/** The pages that look again by themselves. */
const looking = [
  'the list of a new user',
  'the list with every state',
  'the status page of an API key',
  'the status page of a step',
  'a mailing under way',
  'the overview during a reading of the directory',
] as const;

/** Looks twice, by the page's own timers: what the first look brought is on the page when the second begins. */
async function lookTwice(page: Page): Promise<void> {
  const isLook = (request: Request) => request.resourceType() === 'fetch';
  let [asked, answered] = [0, 0];
  page.on('request', (request) => {
    if (isLook(request)) asked += 1;
  });
  page.on('requestfinished', (request) => {
    if (isLook(request)) answered += 1;
  });
  // A look that its page gave up, since its clock runs ahead, is none.
  page.on('requestfailed', (request) => {
    if (isLook(request)) asked -= 1;
  });
  for (let seconds = 0; answered < 2; seconds += 1) {
    if (seconds > 60) throw new Error('the page does not look again by itself');
    await page.clock.fastForward(1000);
    do await page.evaluate('1');
    while (answered < asked);
  }
}

describe('a page in another language', () => {
  it.each(looking)('%s stays in it when a look brings nothing new', async (name) => {
    const page = await scenes[name]?.(
      preparing(async (visited) => {
        await visited.clock.install();
        // Without a stream, a page looks by its timers alone.
        await visited.route(/\/events$/, (route) => route.fulfill({ status: 204 }));
      }),
    );
    if (page === undefined) throw new Error(`there is no scene ${name}`);
    await translate(page);
    expect(await untranslated(page)).toEqual([]);
    await lookTwice(page);
    expect(await untranslated(page)).toEqual([]);
  });
});
