/**
 * What cannot be seen, as a part of a character class: control and format characters (the marks that turn the direction
 * of what follows among them), line separators, lone surrogates, what Unicode draws as nothing (selectors of variants and
 * fillers among it), and the empty cell of Braille.
 */
export const unseenClass = String.raw`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800`;

const unseen = new RegExp(`[${unseenClass}]`, 'u');

/**
 * Emoji as Unicode recommends them for interchange (UTS #51, RGI), whose selectors and joiners can be seen, as there is
 * no other way to write them. Not those of tags, which many systems draw as if they had none.
 */
const wellFormedEmoji = String.raw`[\p{RGI_Emoji}--\p{RGI_Emoji_Tag_Sequence}]`;
/** Made when it is needed, which is seldom: it takes longer than a start has for it. */
let wellFormedEmojis: RegExp | null = null;

function withoutEmojis(text: string): string {
  wellFormedEmojis ??= new RegExp(wellFormedEmoji, 'gv');
  return text.replace(wellFormedEmojis, ' ');
}

/** Joins two drawings into one visible drawing. */
const emojiJoiner = String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d(?=\p{Extended_Pictographic})`;

/** A letter, or a mark on one, of the scripts in which a joiner or non-joiner changes how letters are drawn. */
const joinedLetter = String.raw`(?=[\p{L}\p{M}])[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}]`;
const letterJoiner = String.raw`(?<=${joinedLetter})[\u200c\u200d](?=${joinedLetter})`;

/** Selects how the character before it is drawn. */
const selector = String.raw`(?<=[\p{Extended_Pictographic}\p{sc=Han}\p{sc=Mong}])\p{Variation_Selector}|(?<=[0-9#*])\ufe0f(?=\u20e3)`;

const removed = new RegExp(`(?:(?!${emojiJoiner}|${letterJoiner}|${selector})[${unseenClass}])+`, 'gu');

/** Whether a text has an invisible character, so that another text may look the same. */
export const hasUnseen = (text: string): boolean => unseen.test(text) && unseen.test(withoutEmojis(text));

/** A text with a blank for each invisible character, except those that emoji and some scripts need. */
export const withoutUnseen = (text: string): string => text.replace(removed, ' ');
