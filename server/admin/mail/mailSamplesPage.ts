import { type MailKind, mailKinds } from '../../notify/mailKinds.js';
import type { WrittenMail } from '../../notify/mailWriter.js';
import { adminPaths } from '../../paths.js';
import type { Translate } from '../../words/words.js';

/** What `pages/admin/mailSamples` is rendered with. */
export const samplesPage = (t: Translate, kind: MailKind, { subject, text }: WrittenMail) => ({
  tabs: mailKinds.map((one) => ({
    label: t(`adminMail.samples.kinds.${one}`),
    url: adminPaths.mailSamples(one),
    isCurrent: one === kind,
  })),
  subject,
  text,
  frameUrl: adminPaths.mailSample(kind),
});
