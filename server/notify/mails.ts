import type { AccountReader } from '../accounts/list/accountReader.js';
import type { AddressedLinks } from '../accounts/list/addressedLinks.js';
import type { CatalogueReader } from '../accounts/list/catalogue.js';
import type { RequiredReconnects } from '../accounts/list/requiredReconnects.js';
import { stateOf } from '../accounts/states.js';
import type { MailSettings } from '../config/mailSettings.js';
import type { Logger } from '../http/logging.js';
import { paths } from '../paths.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { Db } from '../store/database/schema.js';
import type { LastKnownStore } from '../store/lastKnownStore.js';
import type { Locks } from '../store/locks.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import { type AccountMails, createAccountMails } from './accountMails.js';
import { createIncidentStore } from './incidentStore.js';
import { createIncidents, type Incidents } from './incidents.js';
import { createInvitationStore } from './invitationStore.js';
import { createInvitations, type Invitations } from './invitations.js';
import { countingOutbox, type MailResult } from './mailCounts.js';
import { createMailSender, type MailSender } from './mailSender.js';
import { createSmtpTransport, type MailTransport, outboxOnlyTransport } from './mailTransport.js';
import { createMailWriter } from './mailWriter.js';
import { createOutboxStore, type OutboxStore } from './outboxStore.js';
import { createRecipientStore, type RecipientStore } from './recipientStore.js';

/** What notices incidents; made before the reader that tells it what it read. */
export interface MailIntake {
  readonly outbox: OutboxStore;
  readonly recipients: RecipientStore;
  readonly incidents: Incidents;
  /** Mail can't be sent and all of this is a sandbox, so that a page shows what would have been sent. */
  readonly sandboxed: boolean;
}

export interface MailIntakeDeps {
  readonly db: Db;
  readonly lastKnown: LastKnownStore;
  readonly settings: MailSettings;
  /** Whether Scalekit is a sandbox, and the app is on loopback. */
  readonly sandbox: boolean;
}

export function createMailIntake({ db, lastKnown, settings, sandbox }: MailIntakeDeps): MailIntake {
  const sandboxed = sandbox && settings.smtp === null;
  const outbox = createOutboxStore(db);
  const recipients = createRecipientStore(db, sandboxed);
  const store = createIncidentStore(db);
  const { graceMs } = settings;
  const incidents = createIncidents({ store, outbox, recipients, lastKnown, graceMs });
  return { outbox, recipients, incidents, sandboxed };
}

export interface MailsDeps {
  readonly db: Db;
  readonly locks: Locks;
  readonly intake: MailIntake;
  readonly settings: MailSettings;
  readonly reader: AccountReader;
  readonly catalogue: CatalogueReader;
  readonly reconnects: Pick<RequiredReconnects, 'of'>;
  readonly audit: AuditTrail;
  readonly tombstones: Pick<Tombstones, 'covers'>;
  readonly links: AddressedLinks;
  readonly logger: Logger;
  /** Told what became of each mail that was to go out. */
  count(result: MailResult): void;
  readonly publicUrl: string;
  readonly productName: string;
  /** The folder of the views. */
  readonly views: string;
}

/** Everything about mail. Its sender has to be started and stopped. */
export interface Mails extends MailIntake {
  readonly sender: MailSender;
  readonly accountMails: AccountMails;
  readonly invitations: Invitations;
  /** Forgets the mails that ended long ago. */
  tidy(): Promise<void>;
}

const mailsKeptMs = 90 * 24 * 3_600_000;

function transportOf({ smtp }: MailSettings, sandboxed: boolean): MailTransport | null {
  if (smtp !== null) return createSmtpTransport(smtp);
  return sandboxed ? outboxOnlyTransport : null;
}

export function createMails(deps: MailsDeps): Mails {
  const { db, intake, settings, reader, catalogue, audit, tombstones, links, logger } = deps;
  const { outbox, recipients, sandboxed } = intake;
  const preferencesUrl = deps.publicUrl + paths.account;
  const write = createMailWriter({ views: deps.views, productName: deps.productName, preferencesUrl });

  async function shownStateOf(identifier: string, connectionName: string) {
    const { accounts } = await reader.read(identifier);
    const mustReconnect = await deps.reconnects.of(identifier, accounts);
    return mustReconnect.has(connectionName) ? 'expired' : stateOf(accounts.get(connectionName)?.status);
  }

  const shared = { catalogue, recipients, shownStateOf };
  const accountMails = createAccountMails({ ...shared, reader, links, write, preferencesUrl });
  const transport = transportOf(settings, sandboxed);
  return {
    ...intake,
    accountMails,
    invitations: createInvitations({ ...shared, audit, tombstones, store: createInvitationStore(db) }),
    sender: createMailSender({
      locks: deps.locks,
      outbox: countingOutbox(outbox, deps.count),
      transport,
      prepare: accountMails.prepare,
      logger,
    }),
    tidy: () => outbox.tidy(Date.now() - mailsKeptMs),
  };
}
