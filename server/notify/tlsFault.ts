import { certificateFaultOf, type TlsFault } from '../kernel/certificateFault.js';

/** What a mail client's error tells of a connection that could not be encrypted. */
interface TlsError {
  readonly code?: unknown;
  /** The code of the system or of OpenSSL, where the library has put one of its own in its place. */
  readonly originalCode?: unknown;
}

const notTls =
  'does not begin with TLS on this port: begin SMTP_URL with smtp:// for STARTTLS, or name the port of SMTPS (465)';
const tooOld = 'speaks only versions of TLS that are too old';

/** By the codes of OpenSSL and of the mail client. */
const reasons: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: tooOld,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: tooOld,
  ETLS: 'does not offer encryption (STARTTLS), without which nothing is sent to it',
};

/**
 * The fault of TLS behind an error of the mail client, or null when it is another fault.
 * @param host the mail server, as the configuration names it
 */
export function tlsFaultOf(error: TlsError, host: string): TlsFault | null {
  const place = { host, namedBy: 'SMTP_URL', authorities: 'SMTP_CA_FILE' };
  const ofCertificate = certificateFaultOf(error, place);
  if (ofCertificate !== null) return ofCertificate;
  for (const code of [error.originalCode, error.code]) {
    const why = typeof code === 'string' && Object.hasOwn(reasons, code) ? reasons[code] : undefined;
    if (why !== undefined) return { code: String(code), why };
  }
  return null;
}
