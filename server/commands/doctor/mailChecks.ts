import type { Config } from '../../config/config.js';
import { checkSmtp, MailNotTaken } from '../../notify/mailTransport.js';
import { type Finding, fail, ok, warn } from './finding.js';

const subject = 'mail';

/** Whether the mail server takes mail of ours. Nothing is sent. */
export async function checkMail({ mail: { smtp }, scalekit }: Config): Promise<Finding[]> {
  if (smtp === null) {
    const where = scalekit === null ? 'a page of the sandbox shows it' : 'it waits in the outbox';
    return [warn(subject, `not sent: ${where}. Set SMTP_URL and MAIL_FROM`)];
  }
  try {
    await checkSmtp(smtp);
  } catch (error) {
    if (!(error instanceof MailNotTaken)) throw error;
    const server = `${smtp.host}:${smtp.port}`;
    if (error.why !== null) return [fail(subject, `${server} ${error.why} (${error.code})`)];
    return [
      fail(subject, `${server} does not take it (${error.code}): check SMTP_URL, its user and its password`),
    ];
  }
  return [ok(subject, `${smtp.host}:${smtp.port} takes it, from ${smtp.from.address}`)];
}
