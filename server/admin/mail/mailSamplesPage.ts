import type { languageChoice } from '../../identity/ownLanguage.js';
import { type MailKind, mailKinds } from '../../notify/mailKinds.js';
import type { WrittenMail } from '../../notify/mailWriter.js';
import { adminPaths } from '../../paths.js';
import type { Translate } from '../../words/words.js';

/** A mail as a reader of one language gets it. */
export interface Sample {
  readonly kind: MailKind;
  readonly reader: Translate;
  readonly mail: WrittenMail;
}

/** What `pages/admin/mailSamples` is rendered with. */
export const samplesPage = (
  t: Translate,
  { kind, reader, mail: { subject, text } }: Sample,
  choice: ReturnType<typeof languageChoice>,
) => ({
  tabs: mailKinds.map((one) => ({
    label: t(`adminMail.samples.kinds.${one}`),
    url: adminPaths.mailSamples(one, reader.language),
    isCurrent: one === kind,
  })),
  languages: choice.map(({ code, name }) => ({
    code,
    label: name,
    url: adminPaths.mailSamples(kind, code),
    isCurrent: code === reader.language,
  })),
  lang: reader.language,
  dir: reader.direction,
  subject,
  text,
  frameUrl: adminPaths.mailSample(kind, reader.language),
});
