import path from 'node:path';
import ejs from 'ejs';
import type { Brand } from '../brand/brand.js';
import { markedUp } from '../http/markup.js';
import { plainName } from '../kernel/plainText.js';
import { withoutUnseen } from '../kernel/unseen.js';
import type { Translate } from '../words/words.js';
import type { MailKind } from './mailKinds.js';

/** What a mail about an account is written from. */
export interface AccountMail {
  readonly kind: MailKind;
  readonly identifier: string;
  /** What the connection is called. */
  readonly title: string;
  /** The durable link of the connection, made for the mail's addressee. */
  readonly url: string;
  /** Where its reader turns mail off. */
  readonly unsubscribeUrl: string;
}

export interface WrittenMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What mails show of a brand. */
export type MailBrand = Pick<Brand, 'name' | 'accent' | 'links'>;

export interface MailWriterOptions {
  readonly views: string;
  readonly brand: MailBrand;
}

/** @param t the language of its addressee */
export type MailWriter = (mail: AccountMail, t: Translate) => Promise<WrittenMail>;

/** An address as people read it: without what only programs need. */
function inShort(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}

/** The colours of a mail: a mail program may drop its styles, so that they stand in it, and those of dark ones in its head. */
function coloursOf({ accent }: MailBrand) {
  if (accent === null)
    return {
      fill: '#3d52cc',
      onFill: '#ffffff',
      edge: '#3d52cc',
      link: '#3d52cc',
      dark: { fill: '#5468e0', edge: '#5468e0', link: '#a3b1ff' },
    };
  const { accent: fill, onAccent: onFill, accentEdge, accentInk } = accent;
  return {
    fill,
    onFill,
    edge: accentEdge.light,
    link: accentInk.light,
    dark: { fill, edge: accentEdge.dark, link: accentInk.dark },
  };
}

/** The operator's links, in the foot. */
const linksOf = (t: Translate, { links }: MailBrand) =>
  (['support', 'privacy', 'legal'] as const).flatMap((kind) => {
    const url = links[kind];
    return url === null ? [] : [{ label: t(`common.layout.${kind}`), url }];
  });

/** What a mail says. */
export interface MailWords {
  readonly subject: string;
  /** What an inbox shows after the subject. */
  readonly preheader: string;
  /** What the product is called. */
  readonly product: string;
  readonly sentences: readonly string[];
  readonly button: string;
  readonly url: string;
  readonly identifier: string;
  readonly onlyForYou: string;
  /** Why its reader gets it. */
  readonly reason: string;
  readonly unsubscribeUrl: string;
}

/** Puts words into a mail: plain text, and HTML that loads nothing and has no addresses but our own. */
export function createMailSheet({ views, brand }: MailWriterOptions) {
  const file = path.join(views, 'mail/account.ejs');
  const colours = coloursOf(brand);

  return async (said: MailWords, t: Translate): Promise<WrittenMail> => {
    const { identifier, ...rest } = said;
    const shown = withoutUnseen(identifier);
    const words = {
      ...rest,
      lang: t.language,
      dir: t.direction,
      urlInShort: inShort(said.url),
      forWhom: markedUp(t.parts('common.forWhom', { identifier: shown })),
      otherwise: t('mails.otherwise'),
      decline: t('mails.decline'),
      links: linksOf(t, brand),
      colours,
    };
    const text = [
      t('mails.greeting'),
      ...words.sentences,
      t('common.forWhom', { identifier: shown }),
      `${words.button}\n${words.url}`,
      words.onlyForYou,
      [
        `-- \n${words.reason}`,
        `${words.decline}\n${words.unsubscribeUrl}`,
        ...words.links.map(({ label, url }) => `${label}\n${url}`),
      ].join('\n'),
    ].join('\n\n');
    return {
      subject: words.subject,
      text: `${text}\n`,
      html: await ejs.renderFile(file, words, { cache: true, _with: false }),
    };
  };
}

/** What the product is called in mails. */
export const productOf = (t: Translate, { name }: MailBrand): string =>
  plainName(name) ?? t('mails.unnamedProduct');

/** Writes mails about accounts. */
export function createMailWriter(options: MailWriterOptions): MailWriter {
  const write = createMailSheet(options);

  return async (mail, t) => {
    const product = productOf(t, options.brand);
    const title = plainName(mail.title) ?? t('mails.unnamed');
    const action = mail.kind === 'invitation' ? 'connect' : 'reconnect';
    const words = {
      subject: t(`mails.${mail.kind}.subject`, { title }),
      preheader: t(`mails.${mail.kind}.preheader`, { title, product }),
      product,
      sentences: t.lines(`mails.${mail.kind}.sentences`, { title, product }),
      button: t(`common.actions.${action}`, { title }),
      url: mail.url,
      identifier: mail.identifier,
      onlyForYou: t('mails.onlyForYou'),
      reason: t(`mails.${mail.kind}.reason`, { title, product }),
      unsubscribeUrl: mail.unsubscribeUrl,
    };
    return write(words, t);
  };
}
