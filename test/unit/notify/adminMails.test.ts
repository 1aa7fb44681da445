import { fileURLToPath } from 'node:url';
import type { Brand } from '../../../server/brand/brand.js';
import { createAdminMailStore } from '../../../server/notify/adminMailStore.js';
import { createAdminMails } from '../../../server/notify/adminMails.js';
import { createMailSheet } from '../../../server/notify/mailWriter.js';
import { createOutboxStore } from '../../../server/notify/outboxStore.js';
import { createRecipientStore } from '../../../server/notify/recipientStore.js';
import { createUnsubscribeLinks } from '../../../server/notify/unsubscribeLinks.js';
import { createUserStore } from '../../../server/store/userStore.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

const views = fileURLToPath(new URL('../../../views', import.meta.url));
const publicUrl = 'https://connect.example.com';
const brand: Pick<Brand, 'name' | 'accent' | 'links'> = {
  name: 'Acme',
  accent: null,
  links: { support: null, privacy: null, legal: null },
};
const [grace, katherine, dorothy] = ['grace', 'katherine', 'dorothy'];
const client = { id: 'client-1', name: 'Other App', createdBy: `user:${katherine}` };

describe.each(databaseKinds)('mails to admins, on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    const users = createUserStore(database.db);
    for (const name of [grace, katherine, dorothy]) await users.seen(name, null, `${name}@mail.example`);
    await users.seen('mary', null, null);
    const { id, name, createdBy } = client;
    const lists = { scopes: '[]', returnUrls: '[]', confirmUrls: '[]', refreshUrls: '[]', userChecks: '[]' };
    await database.db
      .insertInto('apiClients')
      .values({ id, name, createdBy, createdAt: 1, mayGiveAddress: 0, ...lists })
      .execute();
    await database.db
      .insertInto('clientWebhooks')
      .values({ clientId: id, url: 'https://other.example/', secret: 's', setAt: 1, offAt: 2 })
      .execute();
  });

  afterEach(() => database.close());

  const mails = () => {
    const recipients = createRecipientStore(database.db, false);
    return createAdminMails({
      store: createAdminMailStore(database.db),
      recipients,
      unsubscribeLinks: createUnsubscribeLinks(['a secret of the tests that is long enough'], publicUrl),
      write: createMailSheet({ views, brand }),
      brand,
      admins: [grace, 'mary', 'nobody'],
      publicUrl,
    });
  };

  const tell = () => database.db.transaction().execute((within) => mails().webhooksOff(within, client));
  const outbox = () => createOutboxStore(database.db).list(10);

  it('go to those whom the configuration names and to the one who made the client, where they have an address', async () => {
    await tell();
    expect((await outbox()).map(({ to }) => to).sort()).toEqual([
      'grace@mail.example',
      'katherine@mail.example',
    ]);
  });

  it('say what happened and what to do, with a link to the client’s page', async () => {
    attacks('subjects-without-names');
    await tell();
    const [mail] = await outbox();
    if (mail === undefined) throw new Error('there is no mail');
    const prepared = await mails().prepare(mail);
    if (!prepared.send) throw new Error(prepared.why);
    const { subject, text, html } = prepared.message;
    expect(subject).toBe('Webhooks to another app are switched off');
    for (const form of [text, html]) {
      expect(form).toContain('Other App is told of changes by webhooks');
      expect(form).toContain('took none of them for three days');
      expect(form).toContain(`${publicUrl}/admin/clients/client-1`);
    }
  });

  it('do not go out when the webhooks are on again, or the client is gone', async () => {
    await tell();
    const [mail] = await outbox();
    if (mail === undefined) throw new Error('there is no mail');
    await database.db.updateTable('clientWebhooks').set({ offAt: null }).execute();
    expect(await mails().prepare(mail)).toEqual({ send: false, why: 'it is no longer true' });
    await database.db.deleteFrom('clientWebhooks').execute();
    expect(await mails().prepare(mail)).toEqual({ send: false, why: 'it is no longer true' });
  });

  it('do not go to whoever turned mails off', async () => {
    await createRecipientStore(database.db, false).setWanted(grace, false);
    await tell();
    expect((await outbox()).map(({ to }) => to)).toEqual(['katherine@mail.example']);
  });
});
