import type { AccountReader } from '../accounts/list/accountReader.js';
import type { AddressedLinks } from '../accounts/list/addressedLinks.js';
import type { CatalogueReader } from '../accounts/list/catalogue.js';
import type { AccountState } from '../accounts/states.js';
import type { Dictionary, Translate } from '../words/words.js';
import { mailKindOf } from './incidents.js';
import { invitationKindOf, isInvitation, type MailKind } from './mailKinds.js';
import { NotKnownYet, type Preparation } from './mailSender.js';
import type { MailWriter } from './mailWriter.js';
import type { AccountOutboxMail } from './outboxStore.js';
import type { RecipientStore } from './recipientStore.js';
import type { UnsubscribeLinks } from './unsubscribeLinks.js';

export interface AccountMailsDeps {
  readonly reader: Pick<AccountReader, 'drop' | 'read'>;
  readonly catalogue: Pick<CatalogueReader, 'read'>;
  readonly links: Pick<AddressedLinks, 'urlFor'>;
  readonly unsubscribeLinks: UnsubscribeLinks;
  readonly recipients: Pick<RecipientStore, 'addressOf' | 'languageOf'>;
  readonly dictionary: Dictionary;
  /** The state of an account as it is shown. */
  shownStateOf(identifier: string, connectionName: string): Promise<AccountState>;
  readonly write: MailWriter;
  /** Where a user turns mail off when signed in. */
  readonly preferencesUrl: string;
}

const withdrawn = (why: string): Preparation => ({ send: false, why });

/** Mails about accounts that need their user: whether they are still true, and what they say. */
export function createAccountMails(deps: AccountMailsDeps) {
  const { reader, catalogue, links, unsubscribeLinks, recipients, dictionary } = deps;

  /** Reads the account now, and returns the kind of mail that its state calls for, or null when it calls for none. */
  async function kindNow({
    kind,
    identifier,
    connectionName,
    accountId,
  }: AccountOutboxMail): Promise<MailKind | null> {
    reader.drop(identifier);
    if (isInvitation(kind)) return invitationKindOf(await deps.shownStateOf(identifier, connectionName));
    const account = (await reader.read(identifier)).accounts.get(connectionName);
    if (account?.id !== accountId) return null;
    if (account.status === 'unknown') throw new NotKnownYet('the account is in a state that we do not know');
    return mailKindOf(account.status);
  }

  async function titleOf(connectionName: string): Promise<string | null> {
    const entry = (await catalogue.read()).find(connectionName);
    return entry?.offered ? entry.title : null;
  }

  /** In the language that a user chose, else that of their last visit. */
  async function translateFor(identifier: string): Promise<Translate> {
    const language = await recipients.languageOf(identifier);
    return dictionary.in(dictionary.closest([language ?? '']) ?? dictionary.fallback);
  }

  return {
    /**
     * Looks whether a mail may go out, and writes it.
     * @throws ScalekitError, DomainError or NotKnownYet when that can't be told
     */
    async prepare(mail: AccountOutboxMail): Promise<Preparation> {
      const { id, identifier, connectionName } = mail;
      const to = await recipients.addressOf(identifier, mail.addressGiven ? mail.to : undefined);
      if (to === null) return withdrawn('its user gets no mail');
      const title = await titleOf(connectionName);
      if (title === null) return withdrawn('the connection is not offered');
      const kind = await kindNow(mail);
      if (kind === null) return withdrawn('it is no longer true');
      const url = links.urlFor(identifier, connectionName);
      const unsubscribeUrl = unsubscribeLinks.urlFor({ address: to, identifier });
      const written = await deps.write(
        { kind, identifier, title, url, unsubscribeUrl },
        await translateFor(identifier),
      );
      return { send: true, kind, message: { id, to, unsubscribeUrl, ...written } };
    },

    /**
     * What a mail says, or said, as far as can be told without asking anybody. Without an address there is no link that
     * turns mail off: nobody but its reader has that one.
     * @param t the language of its reader when left out
     */
    async preview(
      mail: Pick<AccountOutboxMail, 'kind' | 'identifier' | 'connectionName'> & { readonly to?: string },
      t?: Translate,
    ) {
      const { kind, identifier, connectionName, to } = mail;
      const title = await titleOf(connectionName).catch(() => null);
      const url = links.urlFor(identifier, connectionName);
      const unsubscribeUrl =
        to === undefined ? deps.preferencesUrl : unsubscribeLinks.urlFor({ address: to, identifier });
      return deps.write(
        { kind, identifier, title: title ?? connectionName, url, unsubscribeUrl },
        t ?? (await translateFor(identifier)),
      );
    },
  };
}
