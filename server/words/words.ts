import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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

/** Says messages in the language of one reader. What it gives is plain text, which views escape. */
export interface Translate {
  /** A message with its arguments put in. */
  <Key extends MessageKey>(key: Key, ...given: Given<Key>): string;
  /** The sentences of a message that stand apart from each other: one a line. */
  lines<Key extends MessageKey>(key: Key, ...given: Given<Key>): string[];
  /** The pieces of a message: its text, and in between the values of its arguments. */
  parts<Part>(key: MessageKey, args: Readonly<Record<string, Part>>): (string | Part)[];
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

/** English as it is written in Britain: days before months. */
const locales: Readonly<Record<string, string>> = { en: 'en-GB' };

export const defaultLanguage = 'en';

/** The name of a folder that is a language, such as `de` or `pt-BR`. */
const languageTag = /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/;

/** All messages of a tree by their path. */
function flatten(tree: MessageTree, path: string): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'string' ? [[`${path}.${name}`, value]] : flatten(value, `${path}.${name}`),
  );
}

/** The messages of each language in a folder: a folder for each, with a JSON file for each subject. */
export function readMessages(
  folder: string = fileURLToPath(new URL('.', import.meta.url)),
): Readonly<Record<string, MessageTexts>> {
  const languages = readdirSync(folder).filter((name) => languageTag.test(name));
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

/** `<` is a character like any other: no message has markup. */
const options = { ignoreTag: true };

function createTranslate(language: string, messages: MessageTexts): Translate {
  const locale = locales[language] ?? language;
  const formats = new Map(
    Object.entries(messages).map(([key, text]) => [
      key,
      // Most messages take nothing. They are what they are.
      text.includes('{') ? new IntlMessageFormat(text, locale, undefined, options) : text,
    ]),
  );
  const formatOf = (key: string) => {
    const format = formats.get(key);
    if (format === undefined) throw new Error(`There is no message ${key} in ${language}`);
    return format;
  };
  type Values = Record<string, string | number>;
  const say = (key: string, args?: Values): string => {
    const format = formatOf(key);
    return typeof format === 'string' ? format : String(format.format(args));
  };
  return Object.assign(say, {
    lines: (key: string, args?: Values) => say(key, args).split('\n'),
    parts(key: string, args: Record<string, unknown>) {
      const format = formatOf(key);
      if (typeof format === 'string') return [format];
      return format.formatToParts(args).map(({ value }) => value);
    },
    language,
    direction: directionOf(locale),
    locale,
  }) as Translate;
}

/**
 * Compiles the messages of every language.
 * @param messages by language; English is the one that has all of them, and says what another lacks
 * @throws SyntaxError when a message is not ICU MessageFormat
 */
export function createDictionary(messages = readMessages()) {
  const english = messages[defaultLanguage] ?? {};
  const translators = new Map(
    Object.entries(messages).map(([language, texts]) => [
      language,
      createTranslate(language, { ...english, ...texts }),
    ]),
  );
  return {
    // The first language is for readers who understand none of them.
    languages: [defaultLanguage, ...[...translators.keys()].filter((code) => code !== defaultLanguage)],
    /** @throws when there is no such language */
    in(language: string): Translate {
      const t = translators.get(language);
      if (t === undefined) throw new Error(`There is no language ${language}`);
      return t;
    },
  };
}

export type Dictionary = ReturnType<typeof createDictionary>;
