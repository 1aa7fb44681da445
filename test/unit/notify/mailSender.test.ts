import { createLogger } from '../../../server/http/logging.js';
import {
  createMailSender,
  NotKnownYet,
  type Preparation,
  retryAfter,
} from '../../../server/notify/mailSender.js';
import { type MailMessage, MailNotTaken } from '../../../server/notify/mailTransport.js';
import { createOutboxStore, type OutboxMail } from '../../../server/notify/outboxStore.js';
import type { Database } from '../../../server/store/database/database.js';
import type { Job } from '../../../server/store/job.js';
import { createLocks } from '../../../server/store/locks.js';
import { deferred } from '../../support/callScript.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import { adasAddress, addMail, letTimePass, outboxRows } from './mails.js';

const ready = async ({ id, kind, to }: OutboxMail): Promise<Preparation> => ({
  send: true,
  kind,
  message: { id, to, subject: 's', text: 't', html: 'h', unsubscribeUrl: 'https://x.test/account' },
});

describe.each(databaseKinds)('the sender on %s', (kind) => {
  let database: TempDatabase;
  let sent: MailMessage[];
  let lines: string[];
  /** What the mail server does with the next mails. */
  let answer: (message: MailMessage, signal: AbortSignal) => Promise<void>;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    sent = [];
    lines = [];
    answer = async () => undefined;
  });

  afterEach(() => database.close());

  function senderOn({ db, presence }: Database, prepare = ready, stopWithinMs = 20): Job {
    const transport = {
      async send(message: MailMessage, signal: AbortSignal) {
        await answer(message, signal);
        sent.push(message);
      },
    };
    const logger = createLogger('debug', { write: (line) => lines.push(line) });
    const lease = createLocks({ db, presence, logger }).lease('mail sender');
    const deps = { lease, outbox: createOutboxStore(db), transport, prepare, logger };
    return createMailSender(deps, { lookEveryMs: 5, stopWithinMs });
  }

  const rows = () => outboxRows(database.db);
  const refuse = (code: string, refused: MailNotTaken['refused']) => async () => {
    throw new MailNotTaken(code, refused);
  };

  it('sends what is due, once, and no address or name to the log', async () => {
    const { id } = await addMail(database.db);
    await addMail(database.db, { nextTryAt: Date.now() + 60_000 });
    const sender = senderOn(database);
    await sender.look();
    await sender.look();
    expect(sent.map((message) => message.id)).toEqual([id]);
    expect((await rows()).map(({ sentAt }) => sentAt !== null)).toEqual([true, false]);
    expect(lines.join()).toContain('a mail was sent');
    expect(lines.join()).not.toMatch(/example\.com/);
  });

  it('sends one mail only once while two instances look at once', async () => {
    for (let count = 0; count < 3; count += 1) await addMail(database.db);
    const again = await database.openAgain();
    const senders = [senderOn(database), senderOn(again)];
    answer = () => new Promise(setImmediate);
    await Promise.all(senders.map((sender) => sender.look()));
    await again.close();
    expect(sent.map(({ id }) => id).toSorted()).toEqual((await rows()).map(({ id }) => id).toSorted());
  });

  it('works from one instance at a time', async () => {
    await addMail(database.db);
    await addMail(database.db);
    const [begun, held] = [deferred(), deferred()];
    answer = async () => {
      begun.resolve();
      await held.promise;
    };
    const first = senderOn(database).look();
    await begun.promise;
    await senderOn(database).look();
    expect(sent).toEqual([]);
    held.resolve();
    await first;
    expect(sent).toHaveLength(2);
  });

  it('sends again under the same id what a process that died may have sent, and not before its claim ends', async () => {
    const { id } = await addMail(database.db);
    const outbox = createOutboxStore(database.db);
    await outbox.claim(Date.now(), Date.now() + 300_000);
    const sender = senderOn(database);
    await sender.look();
    expect(sent).toEqual([]);
    await letTimePass(database.db);
    await sender.look();
    expect(sent.map((message) => message.id)).toEqual([id]);
    expect(await rows()).toMatchObject([{ tries: 2, sentAt: expect.any(Number) }]);
  });

  it('tries again later what was put off, and goes on with the others', async () => {
    const { id } = await addMail(database.db);
    await addMail(database.db);
    answer = (message) => (message.id === id ? refuse('EENVELOPE 451', 'forNow')() : Promise.resolve());
    await senderOn(database).look();
    const [putOff, other] = await rows();
    expect(putOff).toMatchObject({ tries: 1, failedAt: null, lastError: 'EENVELOPE 451' });
    expect(putOff?.nextTryAt).toBeGreaterThan(Date.now());
    expect(other?.sentAt).not.toBeNull();
    answer = async () => undefined;
    await letTimePass(database.db);
    await senderOn(database).look();
    expect((await rows())[0]).toMatchObject({ sentAt: expect.any(Number), lastError: null });
  });

  it('gives up at once what is refused for good', async () => {
    await addMail(database.db);
    answer = refuse('EENVELOPE 550', 'forGood');
    await senderOn(database).look();
    expect(await rows()).toMatchObject([{ failedAt: expect.any(Number), lastError: 'EENVELOPE 550' }]);
  });

  it('leaves the others alone while the mail server is away', async () => {
    attacks('mail-away');
    await addMail(database.db);
    await addMail(database.db);
    answer = refuse('ECONNECTION', null);
    await senderOn(database).look();
    expect((await rows()).map(({ tries }) => tries)).toEqual([1, 0]);
  });

  it('gives a mail up after about three days', async () => {
    attacks('mail-away');
    const { id } = await addMail(database.db, { tries: 19 });
    answer = refuse('ECONNECTION', null);
    await senderOn(database).look();
    expect(await rows()).toMatchObject([{ id, failedAt: expect.any(Number) }]);
    const pauses = Array.from({ length: 20 }, (_, index) => retryAfter(index + 1) ?? 0);
    expect(pauses.slice(0, 3)).toEqual([60_000, 120_000, 240_000]);
    expect(Math.max(...pauses)).toBe(6 * 3_600_000);
    const days = pauses.reduce((sum, pause) => sum + pause) / 86_400_000;
    expect(days).toBeGreaterThan(2.5);
    expect(days).toBeLessThan(3.5);
  });

  it('withdraws what is no longer to be sent, and puts off what can’t be told', async () => {
    const { id } = await addMail(database.db);
    const notKnown = async () => {
      throw new NotKnownYet('what it says');
    };
    await senderOn(database, notKnown).look();
    expect(await rows()).toMatchObject([{ id, withdrawnAt: null, lastError: 'NotKnownYet' }]);
    await letTimePass(database.db);
    await senderOn(database, async () => ({ send: false, why: 'it healed' })).look();
    expect(await rows()).toMatchObject([{ id, withdrawnAt: expect.any(Number) }]);
    expect(sent).toEqual([]);
  });

  it('puts down to whom and as what it was sent', async () => {
    const { id } = await addMail(database.db, { toAddress: 'old@example.com' });
    const prepare = async (mail: OutboxMail) =>
      ready({ ...mail, to: adasAddress, kind: 'account_disconnected' });
    await senderOn(database, prepare).look();
    expect(await rows()).toMatchObject([{ id, toAddress: adasAddress, kind: 'account_disconnected' }]);
  });

  it('stops in the middle of a mail that hangs, and keeps it for the next start', async () => {
    await addMail(database.db);
    await addMail(database.db);
    const begun = deferred();
    answer = (_message, signal) =>
      new Promise((_resolve, reject) => {
        begun.resolve();
        signal.addEventListener('abort', () => reject(new MailNotTaken('EABORT', null)));
      });
    const sender = senderOn(database);
    sender.start();
    await begun.promise;
    await sender.stop();
    expect(await rows()).toMatchObject([
      { tries: 1, sentAt: null, failedAt: null, lastError: 'EABORT' },
      { tries: 0 },
    ]);
  });

  it('sends nothing without a mail server, and loses nothing', async () => {
    attacks('mail-away');
    await addMail(database.db);
    const outbox = createOutboxStore(database.db);
    const logger = createLogger('silent');
    const lease = createLocks({ ...database, logger }).lease('mail sender');
    const deps = { lease, outbox, transport: null, prepare: ready, logger };
    await createMailSender(deps).look();
    expect(await rows()).toMatchObject([{ tries: 0, sentAt: null, failedAt: null }]);
    expect(await outbox.counts()).toEqual({ waiting: 1, failed: 0 });
  });
});
