import { Router } from 'express';
import { timeText } from '../kernel/times.js';
import { routes } from '../paths.js';
import { en } from '../words/texts.js';
import type { Mails } from './mails.js';
import type { OutboxMail } from './outboxStore.js';

const shownMails = 50;

const standing = ({ state, nextTryAt, endedAt }: OutboxMail): string =>
  en.outbox[state](timeText(endedAt ?? nextTryAt));

/** The page that shows the sandbox's mails, which go nowhere else. It is only there in the sandbox. */
export function outboxRoutes({ sandboxed, outbox, accountMails }: Mails): Router {
  const router = Router();
  if (!sandboxed) return router;

  router.get(routes.sandboxOutbox, async (_request, response) => {
    const mails = await outbox.list(shownMails);
    const shown = mails.map(async (mail) => ({
      ...(await accountMails.preview(mail)),
      to: mail.to,
      standing: standing(mail),
    }));
    response.render('pages/outbox', { mails: await Promise.all(shown) });
  });

  return router;
}
