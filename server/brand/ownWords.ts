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
  // A button does what it says.
  'common.actions.',
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
  'accounts.tools.',
  'errors.',
  'flow.checking',
  'flow.failures.',
  'flow.forAdministrator.',
  'flow.inApp.',
  'flow.key.',
  'flow.toFinish',
  'flow.undone',
  'identity.account.',
  'identity.identifierFaults.',
  'identity.openidSignIn.',
  'identity.rolesLeftOut.',
  'identity.signIn.lead',
  'identity.signInFailures.',
  'mails.account_disconnected.',
  'mails.account_expired.',
  'mails.decline',
  'mails.invitation.',
  'mails.onlyForYou',
  'mails.reminder.',
  'mails.unsubscribe.',
  'onboarding.',
];

const maxLength = 500;

/** The kind of an argument that is only put in. */
const plain = 'string | number';

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
  if (/:\/\/|\b(?:javascript|data):/i.test(text)) return 'has an address in place of words';
  if (tagsIn(text) !== tagsIn(english)) return 'has markup, or lacks that of the message';
  try {
    const known = argumentsOf(english);
    // An argument may be written plainly, or as the message writes it: as a date, a name would stop the page.
    const other = [...argumentsOf(text)]
      .filter(
        ([name, kind]) =>
          name !== 'assistant' && !(known.has(name) && [known.get(name), plain].includes(kind)),
      )
      .map(([name]) => name);
    return other.length === 0
      ? null
      : `takes {${other.join('}, {')}}, which the message does not have, or not like this`;
  } catch {
    return 'is not ICU MessageFormat';
  }
}

/**
 * The faults of an operator's own words, and where each is.
 * @param messages those of the app
 */
export function ownWordsFaults(
  own: OwnWords,
  messages: Readonly<Record<string, MessageTexts>>,
): { readonly at: string[]; readonly fault: string }[] {
  const english = messages[defaultLanguage] ?? {};
  return Object.entries(own).flatMap(([language, texts]) => {
    if (!Object.hasOwn(messages, language))
      return [{ at: [language], fault: `is none of the languages: ${Object.keys(messages).join(', ')}` }];
    return Object.entries(texts).flatMap(([key, text]) => {
      const message = Object.hasOwn(english, key) ? english[key] : undefined;
      const isOfUsers = subjectsOfUsers.some((subject) => key.startsWith(`${subject}.`));
      const fault =
        message === undefined || !isOfUsers
          ? 'is no message of the pages of users'
          : isFixed(key)
            ? 'can’t be said otherwise: a reader decides by it'
            : faultOf(text, message);
      return fault === null ? [] : [{ at: [language, key], fault }];
    });
  });
}

/** The messages of the app, with the operator's in their places. */
export const withOwnWords = (
  messages: Readonly<Record<string, MessageTexts>>,
  own: OwnWords,
): Readonly<Record<string, MessageTexts>> =>
  Object.fromEntries(
    Object.entries(messages).map(([language, texts]) => [
      language,
      own[language] === undefined ? texts : { ...texts, ...own[language] },
    ]),
  );
