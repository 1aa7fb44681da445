import { plainName } from '../kernel/plainText.js';
import { adminPaths } from '../paths.js';
import type { Db } from '../store/database/schema.js';
import { english as t } from '../words/dictionary.js';
import type { AdminMailStore } from './adminMailStore.js';
import { isToAdmin } from './mailKinds.js';
import type { Preparation } from './mailSender.js';
import { type createMailSheet, type MailBrand, productOf } from './mailWriter.js';
import type { OutboxMail } from './outboxStore.js';
import type { RecipientStore } from './recipientStore.js';
import type { UnsubscribeLinks } from './unsubscribeLinks.js';

export interface AdminMailsDeps {
  readonly store: AdminMailStore;
  readonly recipients: Pick<RecipientStore, 'addressOf' | 'within'>;
  readonly unsubscribeLinks: UnsubscribeLinks;
  readonly write: ReturnType<typeof createMailSheet>;
  readonly brand: MailBrand;
  /** The identifiers of those whom the configuration makes admins. */
  readonly admins: readonly string[];
  readonly publicUrl: string;
}

/** The API client that a mail is about. */
export interface ToldClient {
  readonly id: string;
  readonly name: string;
  /** The key of the principal that made it. */
  readonly createdBy: string;
}

const makerOf = ({ createdBy }: ToldClient) => /^user:(.+)$/s.exec(createdBy)?.[1] ?? [];

/** Mails to admins, in English as their pages are. */
export function createAdminMails(deps: AdminMailsDeps) {
  const { store, recipients, unsubscribeLinks, write, brand, admins, publicUrl } = deps;

  /** @param to where mail can be turned off for; null where nobody is to turn it off */
  function written({ identifier, accountId: clientId }: OutboxMail, clientName: string, to: string) {
    const product = productOf(t, brand);
    const client = plainName(clientName) ?? t('adminMail.toAdmins.unnamed');
    return write(
      {
        subject: t('adminMail.toAdmins.webhook_off.subject'),
        preheader: t('adminMail.toAdmins.webhook_off.preheader'),
        product,
        sentences: t.lines('adminMail.toAdmins.webhook_off.sentences', { client, product }),
        button: t('adminMail.toAdmins.webhook_off.button', { client }),
        url: publicUrl + adminPaths.client(clientId),
        identifier,
        onlyForYou: t('adminMail.toAdmins.onlyForYou'),
        reason: t('adminMail.toAdmins.reason', { product }),
        unsubscribeUrl: unsubscribeLinks.urlFor({ address: to, identifier }),
      },
      t,
    );
  }

  return {
    /**
     * Mails the admins that the webhooks of a client were switched off: those whom the configuration names, and the one who
     * made the client. Whoever is an admin by what the sign-in tells is known only while they are signed in.
     * @param within the transaction that switches them off
     */
    async webhooksOff(within: Db, client: ToldClient): Promise<void> {
      const now = Date.now();
      const { addressOf } = recipients.within(within);
      for (const identifier of new Set([...admins, ...[makerOf(client)].flat()])) {
        const to = await addressOf(identifier);
        if (to === null) continue;
        await store.add({ kind: 'webhook_off', identifier, to, clientId: client.id }, now, within);
      }
    },

    /** Looks whether a mail may go out, and writes it. */
    async prepare(mail: OutboxMail): Promise<Preparation> {
      const { id, identifier, kind, accountId: clientId } = mail;
      const to = await recipients.addressOf(identifier);
      if (to === null || !isToAdmin(kind)) return { send: false, why: 'its reader gets no mail' };
      const name = await store.switchedOff(clientId);
      if (name === null) return { send: false, why: 'it is no longer true' };
      const unsubscribeUrl = unsubscribeLinks.urlFor({ address: to, identifier });
      return { send: true, kind, message: { id, to, unsubscribeUrl, ...(await written(mail, name, to)) } };
    },

    /** What a mail says, or said. */
    preview: async (mail: OutboxMail) =>
      written(mail, (await store.switchedOff(mail.accountId)) ?? '', mail.to),
  };
}
