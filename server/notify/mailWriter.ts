import path from 'node:path';
import ejs from 'ejs';
import { plainName } from '../kernel/plainText.js';
import { withoutUnseen } from '../kernel/unseen.js';
import { en } from '../words/texts.js';
import type { MailKind } from './mailKinds.js';

/** What a mail about an account is written from. */
export interface AccountMail {
  readonly kind: MailKind;
  readonly identifier: string;
  /** What the connection is called. */
  readonly title: string;
  /** The durable link of the connection, made for the mail's addressee. */
  readonly url: string;
}

export interface WrittenMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailWriterOptions {
  readonly views: string;
  readonly productName: string;
  /** Where its reader turns mail off. */
  readonly preferencesUrl: string;
}

export type MailWriter = (mail: AccountMail) => Promise<WrittenMail>;

/** Writes mails: plain text, and HTML without images, scripts or addresses but our own. */
export function createMailWriter({ views, productName, preferencesUrl }: MailWriterOptions): MailWriter {
  const file = path.join(views, 'mail/account.ejs');
  const product = plainName(productName) ?? en.mails.unnamedProduct;

  return async (mail) => {
    const title = plainName(mail.title) ?? en.mails.unnamed;
    const identifier = withoutUnseen(mail.identifier);
    const { subject, sentences, reason } = en.mails[mail.kind];
    const button = mail.kind === 'invitation' ? en.actions.connect : en.actions.reconnect;
    const words = {
      lang: en.lang,
      subject: subject(title),
      greeting: en.mails.greeting,
      sentences: sentences(title, product),
      account: en.mails.account,
      identifier,
      button: button(title),
      url: mail.url,
      onlyForYou: en.mails.onlyForYou,
      reason: reason(product),
      decline: en.mails.decline,
      preferencesUrl,
    };
    const text = [
      words.greeting,
      ...words.sentences,
      `${words.account}: ${identifier}`,
      `${words.button}:\n${words.url}`,
      words.onlyForYou,
      `-- \n${words.reason}\n${words.decline}: ${preferencesUrl}`,
    ].join('\n\n');
    return {
      subject: words.subject,
      text: `${text}\n`,
      html: await ejs.renderFile(file, words, { cache: true, _with: false }),
    };
  };
}
