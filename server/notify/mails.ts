import type { AccountReader } from '../accounts/list/accountReader.js';
import type { AddressedLinks } from '../accounts/list/addressedLinks.js';
import type { CatalogueReader } from '../accounts/list/catalogue.js';
import { knowledgeOf, type ReadOwnMarks } from '../accounts/list/ownMarks.js';
import { stateOf } from '../accounts/states.js';
import type { MailSettings } from '../config/mailSettings.js';
import type { Logger } from '../http/logging.js';
import { paths } from '../paths.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { Db } from '../store/database/schema.js';
import type { LastKnownStore } from '../store/lastKnownStore.js';
import type { Locks } from '../store/locks.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import type { Dictionary } from '../words/words.js';
import { createAccountMails } from './accountMails.js';
import { createAdminMailStore } from './adminMailStore.js';
import { createAdminMails } from './adminMails.js';
import { createIncidentStore } from './incidentStore.js';
import { createIncidents } from './incidents.js';
import { createInvitationStore } from './invitationStore.js';
import { createInvitations } from './invitations.js';
import { countingOutbox, type MailResult } from './mailCounts.js';
import { isToAdmin } from './mailKinds.js';
import { createMailSender } from './mailSender.js';
import { createSmtpTransport, type MailTransport, outboxOnlyTransport } from './mailTransport.js';
import { createMailSheet, createMailWriter, type MailBrand } from './mailWriter.js';
import { type AccountOutboxMail, createOutboxStore, type OutboxMail } from './outboxStore.js';
import { createRecipientStore } from './recipientStore.js';
import { createUnsubscribeLinks } from './unsubscribeLinks.js';

export interface MailsDeps {
  readonly db: Db;
  readonly locks: Locks;
  readonly settings: MailSettings;
  /** Whether Scalekit is a sandbox, and the app is on loopback. */
  readonly sandbox: boolean;
  readonly lastKnown: LastKnownStore;
  readonly reader: AccountReader;
  readonly catalogue: CatalogueReader;
  readonly marks: ReadOwnMarks;
  readonly audit: AuditTrail;
  readonly tombstones: Pick<Tombstones, 'covers'>;
  readonly links: AddressedLinks;
  readonly logger: Logger;
  /** Receives the outcome of each try to send. */
  count(result: MailResult): void;
  /** The session secrets, which seal what is in links. */
  readonly secrets: readonly string[];
  readonly publicUrl: string;
  /** The identifiers of those whom the configuration makes admins. */
  readonly admins: readonly string[];
  readonly brand: MailBrand;
  readonly dictionary: Dictionary;
  /** The folder of the views. */
  readonly views: string;
}

const mailsKeptMs = 90 * 24 * 3_600_000;

function transportOf({ smtp }: MailSettings, sandboxed: boolean): MailTransport | null {
  if (smtp !== null) return createSmtpTransport(smtp);
  return sandboxed ? outboxOnlyTransport : null;
}

/** Everything about mail. Its sender has to be started and stopped. @throws ConfigError when the certificates in `SMTP_CA_FILE` can't be used */
export function createMails(deps: MailsDeps) {
  const { db, settings, reader, catalogue, audit, tombstones, links, logger } = deps;
  const sandboxed = deps.sandbox && settings.smtp === null;
  const outbox = createOutboxStore(db);
  const recipients = createRecipientStore(db, sandboxed);
  const incidents = createIncidents({
    store: createIncidentStore(db),
    outbox,
    recipients,
    lastKnown: deps.lastKnown,
    graceMs: settings.graceMs,
  });
  reader.subscribe({
    read: incidents.observe,
    // The last known states include what webhooks changed, so no read is needed.
    changedAtScalekit: incidents.suspect,
  });
  const unsubscribeLinks = createUnsubscribeLinks(deps.secrets, deps.publicUrl);
  const write = createMailWriter({ views: deps.views, brand: deps.brand });

  async function shownStateOf(identifier: string, connectionName: string) {
    const { accounts } = await reader.read(identifier);
    const marks = await deps.marks.of(identifier, accounts);
    return stateOf(accounts.get(connectionName)?.status, knowledgeOf(marks, connectionName));
  }

  const shared = { catalogue, recipients, shownStateOf };
  const accountMails = createAccountMails({
    ...shared,
    dictionary: deps.dictionary,
    reader,
    links,
    unsubscribeLinks,
    write,
    preferencesUrl: deps.publicUrl + paths.account,
  });
  const adminMails = createAdminMails({
    ...deps,
    store: createAdminMailStore(db),
    recipients,
    unsubscribeLinks,
    write: createMailSheet({ views: deps.views, brand: deps.brand }),
  });
  const isToUser = (mail: OutboxMail): mail is AccountOutboxMail => !isToAdmin(mail.kind);
  /** Looks whether a mail may go out, and writes it. @throws as `accountMails.prepare` */
  const prepare = (mail: OutboxMail) =>
    isToUser(mail) ? accountMails.prepare(mail) : adminMails.prepare(mail);
  const transport = transportOf(settings, sandboxed);
  return {
    outbox,
    recipients,
    unsubscribeLinks,
    /** True in a sandbox without a mail server: a page then shows the mails instead. */
    sandboxed,
    accountMails,
    adminMails,
    /** What a mail says, or said. */
    preview: (mail: OutboxMail) => (isToUser(mail) ? accountMails.preview(mail) : adminMails.preview(mail)),
    prepare,
    invitations: createInvitations({ ...shared, audit, tombstones, store: createInvitationStore(db) }),
    sender: createMailSender({
      lease: deps.locks.lease('mail-sender'),
      outbox: countingOutbox(outbox, deps.count),
      transport,
      prepare,
      logger,
    }),
    /** Deletes the mails that ended long ago. */
    tidy: () => outbox.tidy(Date.now() - mailsKeptMs),
  };
}

export type Mails = ReturnType<typeof createMails>;
