import { inOneLine } from '../kernel/plainText.js';
import { argumentsOf } from '../words/messageArguments.js';
import { defaultLanguage, type MessageTexts, subjectsOfUsers } from '../words/words.js';

/** The operator's own messages, by language and key. */
export type OwnWords = Readonly<Record<string, MessageTexts>>;

/**
 * What an operator may not say otherwise, since a reader decides by it: whose account it is, what they approve, what is
 * lost, why something was refused, and how to get out.
 */
const fixed = [
  'common.forWhom',
  'common.language.',
  'common.layout.sandbox',
  'common.layout.signedInAs',
  'accounts.connectedAs',
  'accounts.connecting.',
  'accounts.connection.',
  'accounts.disconnect.',
  'accounts.linkOfOther.',
  'accounts.notices.',
  'accounts.otherAccount',
  'accounts.outcomes.',
  'accounts.reasons.',
  'accounts.reconnectReason',
  'accounts.states.',
  'errors.',
  'flow.failures.',
  'flow.inApp.',
  'flow.toFinish',
  'flow.undone',
  'identity.account.',
  'identity.identifierFaults.',
  'identity.rolesLeftOut.',
  'identity.signIn.lead',
  'identity.signInFailures.',
  'mails.account_disconnected.sentences',
  'mails.account_expired.sentences',
  'mails.decline',
  'mails.onlyForYou',
  'mails.unsubscribe.',
  'onboarding.',
];

const maxLength = 500;

const tagsIn = (text: string) => (text.match(/<[^>]*>?/g) ?? []).sort().join();

const isFixed = (key: string) =>
  fixed.some((start) => (start.endsWith('.') ? key.startsWith(start) : key === start));

function faultOf(text: string, english: string): string | null {
  if (text.length > maxLength) return `has more than ${maxLength} characters`;
  if (text.includes("'")) return 'has an ASCII apostrophe, which quotes in ICU MessageFormat: write ’';
  const lines = text.split('\n');
  if (lines.length !== english.split('\n').length) return 'has another number of lines than the message has';
  if (lines.some((line) => inOneLine(line) !== line || line === ''))
    return 'is blank, or has blanks around it or characters that can’t be seen';
  if (tagsIn(text) !== tagsIn(english)) return 'has markup, or lacks that of the message';
  try {
    const known = argumentsOf(english);
    const other = [...argumentsOf(text).keys()].filter((name) => !known.has(name) && name !== 'assistant');
    return other.length === 0 ? null : `takes {${other.join('}, {')}}, which the message does not have`;
  } catch {
    return 'is not ICU MessageFormat';
  }
}

/**
 * The faults of an operator's own words.
 * @param messages those of the app
 */
export function ownWordsFaults(own: OwnWords, messages: Readonly<Record<string, MessageTexts>>): string[] {
  const english = messages[defaultLanguage] ?? {};
  return Object.entries(own).flatMap(([language, texts]) => {
    if (messages[language] === undefined)
      return [`words.${language}: is none of the languages: ${Object.keys(messages).join(', ')}`];
    return Object.entries(texts).flatMap(([key, text]) => {
      const message = english[key];
      const isOfUsers = subjectsOfUsers.some((subject) => key.startsWith(`${subject}.`));
      const fault =
        message === undefined || !isOfUsers
          ? 'is no message of the pages of users'
          : isFixed(key)
            ? 'can’t be said otherwise: a reader decides by it'
            : faultOf(text, message);
      return fault === null ? [] : [`words.${language}.${key}: ${fault}`];
    });
  });
}

/** The messages of the app, with the operator's in their places. */
export const withOwnWords = (
  messages: Readonly<Record<string, MessageTexts>>,
  own: OwnWords,
): Readonly<Record<string, MessageTexts>> =>
  Object.fromEntries(
    Object.entries(messages).map(([language, texts]) => [language, { ...texts, ...own[language] }]),
  );
