import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { argumentsOf } from '../../../server/words/messageArguments.js';
import {
  createDictionary,
  type MessageKey,
  parserOptions,
  readMessages,
  subjectsOfUsers,
  tags,
  told,
  unnamed,
} from '../../../server/words/words.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';

const english = {
  'accounts.summary.none': 'Nothing.\nNothing at all.',
  'accounts.summary.connected': '{active, number} of {all, plural, one {one} other {#}}',
  'accounts.outcomes.connected': '{title} is connected.',
  'common.forWhom': 'For <strong>{identifier}</strong>',
};
const dictionary = createDictionary({
  en: english,
  de: { 'accounts.outcomes.connected': '{title} ist verbunden.' },
});

describe('a message', () => {
  it('has its arguments put in, and counts in its language', () => {
    const t = dictionary.in('en');
    expect(t('accounts.summary.connected', { active: 1, all: 1 })).toBe('1 of one');
    expect(t('accounts.summary.connected', { active: 1000, all: 2345 })).toBe('1,000 of 2,345');
  });

  it('leaves what an argument says alone, whatever it looks like', () => {
    const title = `<b>{title}</b> '' # \${title} &amp; {0}`;
    expect(dictionary.in('en')('accounts.outcomes.connected', { title })).toBe(`${title} is connected.`);
  });

  it('is given as its lines, or in pieces', () => {
    const t = dictionary.in('en');
    const time = { text: '3 minutes ago', iso: '2026-03-12T14:02:00Z', exact: '12 March 2026' };
    expect(t.lines('accounts.summary.none')).toEqual(['Nothing.', 'Nothing at all.']);
    expect(t.parts('accounts.outcomes.connected', { title: 'Gmail' })).toEqual([
      { argument: 'Gmail' },
      ' is connected.',
    ]);
    expect(t.parts('accounts.outcomes.connected', { title: time })).toEqual([time, ' is connected.']);
    expect(t.parts('accounts.summary.none', {})).toEqual(['Nothing.\nNothing at all.']);
    expect(t.parts('common.forWhom', { identifier: 'ada' })).toEqual([
      'For ',
      { tag: 'strong', said: [{ argument: 'ada' }] },
    ]);
  });

  it('has no tags as text, and keeps what looks like one otherwise', () => {
    const t = dictionary.in('en');
    expect(t('common.forWhom', { identifier: '<strong>ada' })).toBe('For <strong>ada');
  });

  it('takes who the assistant is by itself', () => {
    const texts = {
      en: { 'accounts.sections.asked': '{assistant, select, none {It} other {{assistant}}} asked' },
    };
    expect(createDictionary(texts).in('en')('accounts.sections.asked')).toBe('It asked');
    const named = createDictionary(texts, { assistant: 'Bolt' }).in('en');
    expect(named('accounts.sections.asked')).toBe('Bolt asked');
    expect(named.parts('accounts.sections.asked', {})).toEqual([{ argument: 'Bolt' }, ' asked']);
  });

  it('isolates an argument whose direction could turn what is beside it, and no other', () => {
    const key = 'accounts.outcomes.connected';
    const texts = { en: english, ar: { [key]: 'تم ربط {title}.' } };
    const { in: speak } = createDictionary(texts);
    expect(speak('ar')(key, { title: 'Gmail' })).toBe('تم ربط \u2068Gmail\u2069.');
    expect(speak('en')(key, { title: 'Gmail' })).toBe('Gmail is connected.');
    expect(speak('en')(key, { title: 'بريد' })).toBe('\u2068بريد\u2069 is connected.');
  });

  it('is said in English where its language lacks it', () => {
    const t = dictionary.in('de');
    expect(t('accounts.outcomes.connected', { title: 'Gmail' })).toBe('Gmail ist verbunden.');
    expect(t.lines('accounts.summary.none')).toHaveLength(2);
  });

  it('that does not exist is a fault of ours that names it', () => {
    const key = 'accounts.summary.gone' as MessageKey;
    expect(() => dictionary.in('en')(key as 'accounts.summary.none')).toThrow(
      'There is no message accounts.summary.gone in en',
    );
  });

  it('that can’t be read is a fault where it is said', () => {
    const t = createDictionary({ en: { 'accounts.summary.none': 'One {' } }).in('en');
    expect(() => t('accounts.summary.none')).toThrow(SyntaxError);
  });
});

describe('the languages', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'connect-words-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('are the folders that are named like one, each with a file for a subject', async () => {
    for (const name of ['en', 'pt-BR', 'helpers']) await mkdir(path.join(folder, name));
    await writeFile(path.join(folder, 'en/flow.json'), '{"failures": {"denied": "No."}, "done": "Yes."}');
    await writeFile(path.join(folder, 'pt-BR/flow.json'), '{"done": "Sim."}');
    await writeFile(path.join(folder, 'en/glossary.md'), 'Not a message.');
    expect(readMessages(folder)).toEqual({
      en: { 'flow.failures.denied': 'No.', 'flow.done': 'Yes.' },
      'pt-BR': { 'flow.done': 'Sim.' },
    });
  });

  it('begin with that of readers of none of them, which is English if nobody says otherwise', () => {
    const messages = { de: {}, en: english, fr: {} };
    expect(createDictionary(messages).languages).toEqual(['en', 'de', 'fr']);
    expect(createDictionary(messages, unnamed, 'fr').languages).toEqual(['fr', 'de', 'en']);
    expect(() => dictionary.in('fr')).toThrow('There is no language fr');
  });
});

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** All that is written in the files of a folder that end like this. */
const sourcesIn = (folder: string, ending: string): string =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.endsWith('.d.ts'))
    .map((file) => readFileSync(path.join(root, folder, file), 'utf8'))
    .join('\n');

const shapeOf = (text: string) => parse(text, parserOptions(text));

/** Every argument of a message, and which of them choose between branches. */
function argumentsIn(text: string): string[] {
  return [...argumentsOf(text)].map(([name, kind]) => `${name}: ${kind}`).sort();
}

/** The cases of each `plural` in a message. */
function pluralsIn(pieces: readonly MessageFormatElement[]): string[][] {
  return pieces.flatMap((piece) => {
    if (piece.type === TYPE.tag) return pluralsIn(piece.children);
    if (piece.type !== TYPE.plural && piece.type !== TYPE.select) return [];
    const inside = Object.values(piece.options).flatMap(({ value }) => pluralsIn(value));
    return piece.type === TYPE.plural ? [Object.keys(piece.options), ...inside] : inside;
  });
}

const tagsIn = (text: string) => (text.match(/<[^>]*>/g) ?? []).sort();
const subjectOf = (key: string) => key.split('.', 1)[0] ?? '';

describe('the messages of each language', () => {
  const all = readMessages();
  const ofUsers = Object.entries(all.en ?? {}).filter(([key]) => subjectsOfUsers.includes(subjectOf(key)));
  const others = Object.entries(all).filter(([language]) => language !== 'en');

  it('are English, German, French, Spanish, Japanese and Arabic', () => {
    expect(Object.keys(all).sort()).toEqual(['ar', 'de', 'en', 'es', 'fr', 'ja']);
  });

  it.each(others)('are all there in %s, and no others', (_language, texts) => {
    expect(Object.keys(texts).sort()).toEqual(ofUsers.map(([key]) => key).sort());
  });

  it.each(others)('take in %s what they take in English', (_language, texts) => {
    const different = ofUsers.flatMap(([key, text]) => {
      const [here, there] = [argumentsIn(texts[key] ?? ''), argumentsIn(text)];
      return JSON.stringify(here) === JSON.stringify(there) ? [] : [{ key, here, there }];
    });
    expect(different).toEqual([]);
  });

  it.each(Object.entries(all))('count in %s by its own rules', (language, texts) => {
    const cases = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const wrong = Object.entries(texts).filter(([, text]) =>
      pluralsIn(shapeOf(text)).some(
        (names) =>
          cases.some((name) => !names.includes(name)) ||
          names.some((name) => !/^=\d+$/.test(name) && !cases.includes(name as (typeof cases)[number])),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(all))('can be read by people in %s', (language, texts) => {
    // An ASCII apostrophe quotes what follows it in ICU MessageFormat, and other tags would be shown as they stand. Arguments
    // are isolated by the program, so that no message turns what is beside them.
    const odd = Object.entries(texts).filter(
      ([key, text]) =>
        /'|&\w+;| {2}|^\s|\s$|[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/.test(text) ||
        JSON.stringify(tagsIn(text)) !== JSON.stringify(tagsIn(all.en?.[key] ?? '')) ||
        tagsIn(text).some((tag) => !tags.some((known) => [`<${known}>`, `</${known}>`].includes(tag))),
    );
    expect([language, odd]).toEqual([language, []]);
  });

  it.each(others)('have as many lines in %s', (_language, texts) => {
    const linesIn = (text = '') => text.split('\n').length;
    expect(
      ofUsers.filter(([key, text]) => linesIn(texts[key]) !== linesIn(text)).map(([key]) => key),
    ).toEqual([]);
  });

  it.each(others)('are translated into %s', (_language, texts) => {
    const same = ofUsers.filter(([key, text]) => texts[key] === text).map(([key]) => key);
    expect(same).toEqual([]);
  });

  // WCAG 2.2, 2.5.3: who speaks to their device says what they read.
  it.each(Object.entries(all))(
    'name in %s what a button says, whole, where its name says more',
    (language, texts) => {
      const folded = (key: string) => texts[key]?.toLocaleLowerCase(language) ?? '';
      for (const [label, name] of [
        ['common.actions.cancelSetup', 'common.actions.cancelSetupOf'],
        ['common.actions.finishIt', 'common.actions.finish'],
        ['onboarding.steps.skip', 'onboarding.steps.skipIt'],
      ] as const) {
        expect(folded(name)).toContain(folded(label));
      }
    },
  );

  it.each(others)('name it %s in itself', (language, texts) => {
    const [own = ''] = [new Intl.DisplayNames(language, { type: 'language' }).of(language)];
    expect(texts['common.language.name']?.toLocaleLowerCase(language)).toBe(own.toLocaleLowerCase(language));
  });

  it.each(others)('follow a glossary in %s', (language) => {
    const glossary = readFileSync(path.join(root, `server/words/${language}/glossary.md`), 'utf8');
    expect(glossary.length).toBeGreaterThan(1000);
  });
});

describe('our own messages', () => {
  const messages = readMessages().en ?? {};

  it('are each said somewhere', () => {
    const source = sourcesIn('server', '.ts') + sourcesIn('views', '.ejs');
    const files = [...new Set(Object.keys(messages).map((key) => key.split('.', 1)[0]))].join('|');
    const written = [
      ...source.matchAll(new RegExp(`'((?:${files})\\.[^']+)'`, 'g')),
      ...source.matchAll(new RegExp(`\`((?:${files})\\.[^\`]+)\``, 'g')),
    ];
    const patterns = new Set(
      written.map(([, key = '']) => key.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '.+')),
    );
    const said = new RegExp(`^(?:${[...patterns].join('|')})(?:\\.heading|\\.detail)?$`);
    expect(Object.keys(messages).filter((key) => !said.test(key))).toEqual([]);
  });

  it('tell a heading and what to do under one name', () => {
    const { heading, detail } = told('errors.too_many_requests', { seconds: 2 });
    const t = createDictionary().in('en');
    expect(heading(t)).toBe('That was a little fast');
    expect(detail(t)).toContain('Try again in 2 seconds.');
  });
});
