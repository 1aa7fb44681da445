import { withoutUnseen } from '../kernel/unseen.js';

/** What a mail client's error tells of a connection that could not be encrypted. */
interface TlsError {
  readonly code?: unknown;
  /** The code of the system or of OpenSSL, where the library has put one of its own in its place. */
  readonly originalCode?: unknown;
  /** The certificate that was refused, where Node.js tells it. */
  readonly cert?: { readonly subjectaltname?: unknown };
}

/** A fault of TLS: its code, and what is wrong and what to do, as the end of a sentence that begins with the server. */
export interface TlsFault {
  readonly code: string;
  readonly why: string;
}

const notTls =
  'does not begin with TLS on this port: begin SMTP_URL with smtp:// for STARTTLS, or name the port of SMTPS (465)';
const trustIt = 'name a file with that authority’s certificate in SMTP_CA_FILE';

/** By the codes of OpenSSL and Node.js. */
const reasons: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has a certificate that has expired: renew it there',
  CERT_NOT_YET_VALID:
    'has a certificate that is not valid yet: look at its dates, and at the clock of this machine',
  CERT_REVOKED: 'has a certificate that was revoked: renew it there',
  CERT_SIGNATURE_FAILURE: 'has a certificate whose signature is wrong: renew it there',
  CERT_UNTRUSTED: `has a certificate that nobody trusted has signed: ${trustIt}`,
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'has a certificate that it has signed itself: name a file with it in SMTP_CA_FILE',
  SELF_SIGNED_CERT_IN_CHAIN: `has a certificate of an authority that is not trusted here: ${trustIt}`,
  UNABLE_TO_GET_ISSUER_CERT: `has a certificate of an authority that is not trusted here: ${trustIt}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `has a certificate of an authority that is not trusted here: ${trustIt}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `has a certificate of an authority that is not trusted here, or does not send those in between: ${trustIt}`,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'speaks only versions of TLS that are too old',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'speaks only versions of TLS that are too old',
  ETLS: 'does not offer encryption (STARTTLS), without which nothing is sent to it',
};

function otherName({ cert }: TlsError, host: string): string {
  const names =
    typeof cert?.subjectaltname === 'string' ? withoutUnseen(cert.subjectaltname).slice(0, 200) : '';
  const instead = names === '' ? '' : `, but ${names}`;
  return `has a certificate that does not name ${host}${instead}: let SMTP_URL have a name that stands in it`;
}

/**
 * The fault of TLS behind an error of the mail client, or null when it is another fault.
 * @param host the mail server, as the configuration names it
 */
export function tlsFaultOf(error: TlsError, host: string): TlsFault | null {
  for (const code of [error.originalCode, error.code]) {
    if (typeof code !== 'string') continue;
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { code, why: otherName(error, host) };
    const why = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
    if (why !== undefined) return { code, why };
  }
  return null;
}
