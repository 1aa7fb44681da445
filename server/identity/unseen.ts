/**
 * What cannot be seen: control and format characters (the marks that turn the direction of what follows among them),
 * line separators, and lone surrogates.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Joins two drawings to one, which can be seen. */
const emojiJoiner =
  /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d(?=\p{Extended_Pictographic})/u;

/** A letter, or a mark on one, of the scripts in which a joiner or non-joiner changes how letters are drawn. */
const joinedLetter =
  /(?=[\p{L}\p{M}])[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}]/u;
const letterJoiner = `(?<=${joinedLetter.source})[\\u200c\\u200d](?=${joinedLetter.source})`;

const emojiJoiners = new RegExp(emojiJoiner, 'gu');
const removed = new RegExp(`(?:(?!${emojiJoiner.source}|${letterJoiner})${unseen.source})+`, 'gu');

/** Whether something in a text cannot be seen, so that another text may look like it. */
export const hasUnseen = (text: string): boolean => unseen.test(text.replace(emojiJoiners, ''));

/** A text with a blank for what cannot be seen, but for the joiners that emoji and some scripts are written with. */
export const withoutUnseen = (text: string): string => text.replace(removed, ' ');
