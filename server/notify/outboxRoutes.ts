import { Router } from 'express';
import { routes } from '../paths.js';
import { timeText } from '../words/formats.js';
import type { Translate } from '../words/words.js';
import type { Mails } from './mails.js';
import type { OutboxMail } from './outboxStore.js';

const shownMails = 50;

const standing = (t: Translate, { state, nextTryAt, endedAt }: OutboxMail): string =>
  t(`mails.outbox.${state}`, { time: timeText(t, endedAt ?? nextTryAt) });

/** The page that shows the sandbox's mails, which go nowhere else. It is only there in the sandbox. */
export function outboxRoutes({ sandboxed, outbox, preview }: Mails): Router {
  const router = Router();
  if (!sandboxed) return router;

  router.get(routes.sandboxOutbox, async ({ t }, response) => {
    const mails = await outbox.list(shownMails);
    const shown = mails.map(async (mail) => ({
      ...(await preview(mail)),
      to: mail.to,
      standing: standing(t, mail),
    }));
    response.render('pages/outbox', { mails: await Promise.all(shown) });
  });

  return router;
}
