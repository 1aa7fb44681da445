import { certificateFaultOf } from '../../kernel/certificateFault.js';
import { type Finding, fail } from './finding.js';

/** A server as the configuration names it. */
interface NamedServer {
  /** What it is called in a sentence. */
  readonly called: string;
  readonly url: string;
  /** The variable that has its address. */
  readonly namedBy: string;
}

/** Where further authorities are named, for every server but that of mail and of the database. */
const authorities = 'NODE_EXTRA_CA_CERTS (in the environment itself, not in .env)';

/** What is wrong with the certificate of a server, or null when an error is about something else. */
export function certificateFinding(
  subject: string,
  { called, url, namedBy }: NamedServer,
  error: unknown,
): Finding | null {
  const host = new URL(url).hostname;
  const fault = certificateFaultOf(error, { host, namedBy, authorities });
  return fault === null ? null : fail(subject, `${called} at ${host} ${fault.why}`);
}
