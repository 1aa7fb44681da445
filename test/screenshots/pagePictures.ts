import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import type { Page } from 'playwright-core';
import { adminScenes } from '../support/adminScenes.js';
import { setDefaultFont } from '../support/browserAudit.js';
import { scenes } from '../support/browserScenes.js';
import { longTitles, writeConnectionsFile } from '../support/connectionTitles.js';
import { pairwise } from '../support/pairwise.js';
import { type OpenStage, startStage } from '../support/stage.js';

/** Pictures of every page, for people to look through. */

const widths = [360, 768, 1280];
const colorSchemes = ['light', 'dark'] as const;
const fonts = [16, 24, 32];
const titles = ['plain', 'long titles'] as const;
const mostPictures = 300;
/** In pixels: more of a long page shows nothing new. */
const highest = 4000;

const folder = new URL('pages/', import.meta.url);

/** Pages that look like another one. */
const alike = [
  'the durable link of a long identifier',
  'the durable link of a connected account',
  'the page of a connection of a long identifier',
  'the account of a long identifier',
  'the steps after a denial',
  'the users that a search finds',
  'the question before a user is signed out',
  'the question before a user is exported',
  'the question before events are exported',
  'the question before a client is revoked',
  'the consent page',
];

/** These are printed, and shown in the colours that a system forces. */
const mainPages = [
  'the list with every state',
  'the status page',
  'the page of a connected account',
  'the start of an onboarding',
  'the steps of an onboarding',
  'the overview',
  'the users',
  'a user',
];

interface Picture {
  readonly scene: string;
  readonly titles: (typeof titles)[number];
  /** As a reader of the index is told. */
  readonly caption: string;
  readonly width: number;
  readonly font: number;
  readonly media: Parameters<Page['emulateMedia']>[0];
}

const plainMedia = { media: 'screen', forcedColors: 'none', colorScheme: 'light' } as const;

function picturesOf(names: readonly string[]): Picture[] {
  const counts = [names.length, widths.length, colorSchemes.length, fonts.length, titles.length];
  const combined = pairwise(counts).map(([page = 0, at = 0, scheme = 0, font = 0, title = 0]): Picture => {
    const picture = {
      scene: names[page] ?? '',
      width: widths[at] ?? 0,
      font: fonts[font] ?? 0,
      titles: titles[title] ?? 'plain',
    };
    const colorScheme = colorSchemes[scheme] ?? 'light';
    const caption = `${picture.width} pixels, ${colorScheme}, font of ${picture.font}, ${picture.titles}`;
    return { ...picture, caption, media: { ...plainMedia, colorScheme } };
  });
  const special = names
    .filter((name) => mainPages.includes(name))
    .flatMap((scene): Picture[] => [
      { scene, titles: 'plain', caption: 'printed', width: 768, font: 16, media: { media: 'print' } },
      {
        scene,
        titles: 'plain',
        caption: 'forced colours',
        width: 1280,
        font: 16,
        media: { ...plainMedia, forcedColors: 'active' },
      },
    ]);
  return [...combined, ...special];
}

const narrowAndWide = (scene: string): Picture[] =>
  (
    [
      [360, 'light'],
      [1280, 'dark'],
    ] as const
  ).map(([width, colorScheme]) => ({
    scene,
    width,
    font: 16,
    titles: 'plain',
    caption: `${width} pixels, ${colorScheme}`,
    media: { ...plainMedia, colorScheme },
  }));

/** What users meet is in their language; these pages are in English whoever looks. */
const inEnglish = Object.keys({ ...adminScenes });

async function take(page: Page, { width, font, media }: Picture, file: string): Promise<void> {
  await page.setViewportSize({ width, height: 840 });
  await page.emulateMedia(media);
  await setDefaultFont(page, font);
  const height = (await page.evaluate('document.documentElement.scrollHeight')) as number;
  // A picture of more than the window would set the font back, and so does a change of the window.
  await page.setViewportSize({ width, height: Math.min(height, highest) });
  await setDefaultFont(page, font);
  await page.screenshot({ path: fileURLToPath(new URL(file, folder)), animations: 'disabled' });
}

const index = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Every page</title>
<style>
  body { margin: 24px; font: 16px/1.5 system-ui; }
  div { display: flex; flex-wrap: wrap; gap: 16px; align-items: start; }
  figure { margin: 0; width: 320px; }
  img { width: 100%; border: 1px solid gray; }
</style>
<h1>Every page</h1>
<% for (const [scene, pictures] of groups) { %>
<h2><%= scene %></h2>
<div>
<% for (const { file, caption } of pictures) { %>
<figure><a href="<%= file %>"><img src="<%= file %>" alt="" loading="lazy"></a><figcaption><%= caption %></figcaption></figure>
<% } %>
</div>
<% } %>
</html>
`;

/**
 * Takes the pictures: each width, colour scheme, font size and length of titles meets each page and each other. Writes
 * an index of them.
 * @param executablePath the browser's program
 * @param wanted a part of the name of the pages; all when left out
 * @param locale of the reader: in another language than English each page that users meet is taken narrow and wide
 * @returns how many there are
 */
export async function takePagePictures(executablePath: string, wanted = '', locale = 'en'): Promise<number> {
  const unknown = [...alike, ...mainPages].filter((name) => !Object.hasOwn(scenes, name));
  if (unknown.length > 0) throw new Error(`there is no scene ${unknown.join(', ')}`);
  const isRead = (name: string) => locale === 'en' || !inEnglish.includes(name);
  const names = Object.keys(scenes).filter(
    (name) => !alike.includes(name) && name.includes(wanted) && isRead(name),
  );
  const pictures = locale === 'en' ? picturesOf(names) : names.flatMap(narrowAndWide);
  if (pictures.length > mostPictures)
    throw new Error(
      `${pictures.length} pictures are too many to look through: name more pages that are alike`,
    );
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const settings = await writeConnectionsFile(longTitles);
  const groups = new Map(names.map((name) => [name, [] as { file: string; caption: string }[]]));
  for (const title of titles) {
    const env = title === 'plain' ? {} : { CONNECTIONS_FILE: settings.file };
    const stage: OpenStage = await startStage(executablePath, { env }, locale);
    try {
      for (const name of names) {
        const its = pictures.filter((picture) => picture.scene === name && picture.titles === title);
        const page = its.length === 0 ? undefined : await scenes[name]?.(stage);
        for (const picture of its) {
          if (page === undefined) break;
          const file = `${name}-${picture.caption}.png`.replace(/[^\w.]+/g, '-');
          await take(page, picture, file);
          groups.get(name)?.push({ file, caption: picture.caption });
        }
        const faults = await stage.clear();
        if (faults.length > 0) process.stderr.write(`${name}, ${title}: ${faults.join('\n')}\n`);
      }
    } finally {
      await stage.close();
    }
  }
  await settings.close();
  await writeFile(new URL('index.html', folder), ejs.render(index, { groups: [...groups] }));
  return pictures.length;
}
