import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import type { Messages } from './messages.js';

/** The path of a message: its file in `words/<language>/`, then where it stands in it. */
export type MessageKey = keyof Messages;

type Both<Union> = (Union extends unknown ? (_: Union) => void : never) extends (_: infer All) => void
  ? All
  : never;

/** What a message takes; of several, what each of them takes. */
export type MessageArguments<Key extends MessageKey> = Both<Messages[Key]>;

type Given<Key extends MessageKey> = keyof MessageArguments<Key> extends never
  ? []
  : [args: MessageArguments<Key>];

/** A time as a page shows it: how far away it is, and which it is, for `<time>`. */
export interface Moment {
  readonly text: string;
  readonly iso: string;
  /** `12 March 2026 at 14:02:05 UTC` */
  readonly exact: string;
}

/** The tags that a message may have. */
export const tags = ['strong'] as const;

/** A piece of a message: its text, an argument, or what it marks. */
export type Piece<Part> =
  | string
  | { readonly argument: string }
  | { readonly tag: (typeof tags)[number]; readonly said: readonly Piece<Part>[] }
  | Part;

/** A sentence for a page, piece by piece; `tm` writes it. */
export type Said = readonly Piece<Moment>[];

/** Says messages in the language of one reader. What it gives is plain text, which views escape. */
export interface Translate {
  /**
   * A message with its arguments put in. Where the direction of an argument could change how the rest is read, it stands
   * between isolates (Unicode UAX #9, FSI and PDI).
   */
  <Key extends MessageKey>(key: Key, ...given: Given<Key>): string;
  /** The sentences of a message that stand apart from each other: one a line. */
  lines<Key extends MessageKey>(key: Key, ...given: Given<Key>): string[];
  /** The pieces of a message, for `tm`. What is neither text nor a number stands for its argument as it is. */
  parts(key: MessageKey, args: Readonly<Record<string, string | number | Moment>>): Said;
  parts<Part extends object>(key: MessageKey, args: Readonly<Record<string, Part>>): Piece<Part>[];
  /** BCP 47, for `lang`. */
  readonly language: string;
  /** Where its lines begin, for `dir`. */
  readonly direction: 'ltr' | 'rtl';
  /** BCP 47, for `Intl`: how dates and numbers are written. */
  readonly locale: string;
}

/** A message with its arguments, to be said once its reader's language is known. */
export type Words = (t: Translate) => string;

/** The key of a heading that has what it means and what to do beside it. */
type ToldKeyIn<Key extends MessageKey> = Key extends `${infer Told}.heading`
  ? `${Told}.detail` extends MessageKey
    ? Told
    : never
  : never;
type ToldKey = ToldKeyIn<MessageKey>;

/** A heading, and below it sentences, one a line. */
export interface Told {
  readonly heading: Words;
  readonly detail: Words;
}

/** Keeps a message and its arguments for later. */
export const say =
  <Key extends MessageKey>(key: Key, ...given: Given<Key>): Words =>
  (t) =>
    t(key, ...given);

/** The heading and the sentences of one key. */
export function told<Key extends ToldKey>(
  key: Key,
  ...given: Given<`${Key}.heading` | `${Key}.detail`>
): Told {
  // Each of the two takes a part of what both take together.
  const part = (name: 'heading' | 'detail') => (t: Translate) =>
    (t as (key: string, args?: unknown) => string)(`${key}.${name}`, given[0]);
  return { heading: part('heading'), detail: part('detail') };
}

/** Nested messages as they stand in a file. */
interface MessageTree {
  readonly [name: string]: string | MessageTree;
}

/** The messages of one language, by key. */
export type MessageTexts = Readonly<Record<string, string>>;

/** English as it is written in Britain: days before months. Arabic with the figures that all its readers know. */
const locales: Readonly<Record<string, string>> = { en: 'en-GB', ar: 'ar-u-nu-latn' };

export const defaultLanguage = 'en';

/** What end users meet, in every language. The other subjects are in English: for admins, and for developers of other apps. */
export const subjectsOfUsers: readonly string[] = [
  'accounts',
  'common',
  'errors',
  'flow',
  'identity',
  'mails',
  'onboarding',
  'providers',
];

/** A language as it is named here, such as `de` or `pt-BR` (BCP 47). */
export const languageTag = /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/;

/** All messages of a tree by their path. */
function flatten(tree: MessageTree, path: string): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'string' ? [[`${path}.${name}`, value]] : flatten(value, `${path}.${name}`),
  );
}

const ownFolder = fileURLToPath(new URL('.', import.meta.url));

/** The languages in a folder: a folder for each. */
export const languagesIn = (folder = ownFolder): string[] =>
  readdirSync(folder).filter((name) => languageTag.test(name));

/** The messages of languages in a folder, all that it has when they are not named, with a JSON file for each subject. */
export function readMessages(
  folder = ownFolder,
  languages: readonly string[] = languagesIn(folder),
): Readonly<Record<string, MessageTexts>> {
  return Object.fromEntries(
    languages.map((language) => {
      const files = readdirSync(`${folder}/${language}`).filter((file) => file.endsWith('.json'));
      const messages = files.flatMap((file) =>
        flatten(
          JSON.parse(readFileSync(`${folder}/${language}/${file}`, 'utf8')),
          file.slice(0, -'.json'.length),
        ),
      );
      return [language, Object.fromEntries(messages)];
    }),
  );
}

let messagesOfApp: ReturnType<typeof readMessages> | null = null;

/** The messages that the app comes with, which are read once: they do not change while it runs. */
export function appMessages(): ReturnType<typeof readMessages> {
  messagesOfApp ??= readMessages();
  return messagesOfApp;
}

interface TextInfo {
  readonly direction: 'ltr' | 'rtl';
}

/** Which way a language is written. Node.js 20 knows it by a property, later ones by a method; TypeScript by neither yet. */
function directionOf(locale: string): TextInfo['direction'] {
  const known = new Intl.Locale(locale) as Intl.Locale & {
    readonly getTextInfo?: () => TextInfo;
    readonly textInfo?: TextInfo;
  };
  return (known.getTextInfo?.() ?? known.textInfo)?.direction ?? 'ltr';
}

const firstStrongIsolate = '\u2068';
const popIsolate = '\u2069';

/** Characters that are written from right to left. */
const rightToLeft =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** An argument as it stands in a text. In a line from left to right, what is so too needs no isolates. */
export const isolated = (value: string, direction: Translate['direction']): string =>
  direction === 'rtl' || rightToLeft.test(value) ? `${firstStrongIsolate}${value}${popIsolate}` : value;

/** A sentence as text: nothing is marked, and arguments are isolated where a line of that direction needs it. */
export function textOf(said: Said, direction: Translate['direction']): string {
  return said
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if ('said' in piece) return textOf(piece.said, direction);
      return isolated('argument' in piece ? piece.argument : piece.text, direction);
    })
    .join('');
}

/** Stands for an argument while a message is put together. A `select` asks for its text. */
class Placed {
  constructor(
    readonly piece: object,
    private readonly text = '',
  ) {}

  toString(): string {
    return this.text;
  }
}

const pieceOf = (chunk: unknown) => (chunk instanceof Placed ? chunk.piece : String(chunk));

type Values = Readonly<Record<string, string | number | object>>;

/** Numbers stay what they are, since a `plural` counts them. */
function placed(value: Values[string]): Placed | number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? new Placed({ argument: value }, value) : new Placed(value);
}

const tagged = new RegExp(`<(?:${tags.join('|')})>`);

/** How a message is parsed: `<` is a character like any other, but in one that has a tag of ours. */
export const parserOptions = (text: string) => ({ ignoreTag: !tagged.test(text) });

const placedTags = Object.fromEntries(
  tags.map((tag) => [tag, (chunks: readonly unknown[]) => new Placed({ tag, said: chunks.map(pieceOf) })]),
);

/** A message of text and arguments alone. */
type Simple = readonly (string | { readonly argument: string })[];

/**
 * A message that needs no formatting, or null: most that take something are so, pages say dozens of them, and each takes a fraction of
 * the time that way.
 */
function asSimple(text: string): Simple | null {
  const elements = parse(text, parserOptions(text));
  const pieces = elements.flatMap((element): Simple => {
    if (element.type === TYPE.literal) return [element.value];
    return element.type === TYPE.argument ? [{ argument: element.value }] : [];
  });
  return pieces.length === elements.length ? pieces : null;
}

/** What any message may take without being given it. */
export interface StandingArguments {
  /** What the operator calls what uses the connections, or `none` for “your assistant”. */
  readonly assistant: string;
}

function createTranslate(
  language: string,
  messages: MessageTexts,
  english: MessageTexts,
  standing: StandingArguments,
): Translate {
  const locale = locales[language] ?? language;
  const direction = directionOf(locale);
  const always = { assistant: placed(standing.assistant), ...placedTags };
  const formats = new Map<string, Simple | IntlMessageFormat>();
  /** Compiled when it is first said: a reader meets few of all messages, and most processes few of the languages. */
  function formatOf(key: string): Simple | IntlMessageFormat {
    const known = formats.get(key);
    if (known !== undefined) return known;
    const text = messages[key] ?? english[key];
    if (text === undefined) throw new Error(`There is no message ${key} in ${language}`);
    const options = parserOptions(text);
    // Most messages take nothing. They are what they are.
    const isPlain = options.ignoreTag && !text.includes('{');
    const simple = isPlain ? [text] : asSimple(text);
    const format = simple ?? new IntlMessageFormat(text, locale, undefined, options);
    formats.set(key, format);
    return format;
  }
  /** What stands for an argument. */
  function given(key: string, name: string, args: Values) {
    const value = args[name] ?? (name === 'assistant' ? standing.assistant : undefined);
    if (value === undefined) throw new Error(`The message ${key} needs ${name}`);
    return pieceOf(placed(value));
  }
  function parts(key: string, args: Values = {}) {
    const format = formatOf(key);
    if (!(format instanceof IntlMessageFormat))
      return format.map((piece) => (typeof piece === 'string' ? piece : given(key, piece.argument, args)));
    const values = Object.entries(args).map(([name, value]) => [name, placed(value)]);
    const all = { ...always, ...Object.fromEntries(values) };
    return format.formatToParts(all).map(({ value }) => pieceOf(value));
  }
  const say = (key: string, args?: Values): string => textOf(parts(key, args) as Said, direction);
  return Object.assign(say, {
    lines: (key: string, args?: Values) => say(key, args).split('\n'),
    parts,
    language,
    direction,
    locale,
  }) as Translate;
}

/** Where the operator named nothing. */
export const unnamed: StandingArguments = { assistant: 'none' };

/**
 * The messages of every language.
 * @param messages by language; English is the one that has all of them, and says what another lacks
 * @param standing what every message may take
 * @param fallback the language of readers of whom none is known
 */
export function createDictionary(messages = appMessages(), standing = unnamed, fallback = defaultLanguage) {
  const english = messages[defaultLanguage] ?? {};
  const translators = new Map(
    Object.entries(messages).map(([language, texts]) => [
      language,
      createTranslate(language, texts, english, standing),
    ]),
  );
  const byTag = new Map([...translators.keys()].map((code) => [code.toLowerCase(), code]));
  return {
    /** The first one is the fallback. */
    languages: [fallback, ...[...translators.keys()].filter((code) => code !== fallback)],
    /** For readers of whom no language is known that is here. */
    fallback,
    /** The first of these languages that is here, as `de` for `de-AT` (RFC 4647, 3.4: lookup), or null. */
    closest(tags: readonly string[]): string | null {
      for (const tag of tags) {
        for (let range = tag; range !== ''; range = range.replace(/-?[^-]*$/, '')) {
          const found = byTag.get(range.toLowerCase());
          if (found !== undefined) return found;
        }
      }
      return null;
    },
    /** @throws when there is no such language */
    in(language: string): Translate {
      const t = translators.get(language);
      if (t === undefined) throw new Error(`There is no language ${language}`);
      return t;
    },
  };
}

export type Dictionary = ReturnType<typeof createDictionary>;
