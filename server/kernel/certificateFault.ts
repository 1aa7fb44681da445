import { withoutUnseen } from './unseen.js';

/** A fault of TLS: its code, and what is wrong and what to do, as the end of a sentence that begins with the server. */
export interface TlsFault {
  readonly code: string;
  readonly why: string;
}

export interface CertificatePlace {
  /** The server, as the configuration names it. */
  readonly host: string;
  /** The variable that names the server. */
  readonly namedBy: string;
  /** The variable that names a file of further authorities. */
  readonly authorities: string;
}

interface ErrorLike {
  readonly code?: unknown;
  /** The code of the system or of OpenSSL, where the library has put one of its own in its place. */
  readonly originalCode?: unknown;
  /** The certificate that was refused, where Node.js tells it. */
  readonly cert?: { readonly subjectaltname?: unknown };
  readonly cause?: unknown;
}

const notTrusted = 'has a certificate of an authority that is not trusted here';

/** By the codes of OpenSSL. @param authorities where a file of them is named */
const reasons: Readonly<Record<string, (authorities: string) => string>> = {
  CERT_HAS_EXPIRED: () => 'has a certificate that has expired: renew it there',
  CERT_NOT_YET_VALID: () =>
    'has a certificate that is not valid yet: look at its dates, and at the clock of this machine',
  CERT_REVOKED: () => 'has a certificate that was revoked: renew it there',
  CERT_SIGNATURE_FAILURE: () => 'has a certificate whose signature is wrong: renew it there',
  CERT_UNTRUSTED: (authorities) =>
    `has a certificate that nobody trusted has signed: ${trustIt(authorities)}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: (authorities) =>
    `has a certificate that it has signed itself: name a file with it in ${authorities}`,
  SELF_SIGNED_CERT_IN_CHAIN: (authorities) => `${notTrusted}: ${trustIt(authorities)}`,
  UNABLE_TO_GET_ISSUER_CERT: (authorities) => `${notTrusted}: ${trustIt(authorities)}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: (authorities) => `${notTrusted}: ${trustIt(authorities)}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: (authorities) =>
    `${notTrusted}, or does not send those in between: ${trustIt(authorities)}`,
};

const trustIt = (authorities: string) => `name a file with that authority’s certificate in ${authorities}`;

function otherName({ cert }: ErrorLike, { host, namedBy }: CertificatePlace): string {
  const names =
    typeof cert?.subjectaltname === 'string' ? withoutUnseen(cert.subjectaltname).slice(0, 200) : '';
  const instead = names === '' ? '' : `, but ${names}`;
  return `has a certificate that does not name ${host}${instead}: let ${namedBy} have a name that stands in it`;
}

/** What is wrong with the certificate of a server, by an error or one of its causes; null when it is another fault. */
export function certificateFaultOf(error: unknown, place: CertificatePlace): TlsFault | null {
  let link = error as ErrorLike | null | undefined;
  for (let depth = 0; depth < 6 && typeof link === 'object' && link !== null; depth += 1) {
    for (const code of [link.originalCode, link.code]) {
      if (typeof code !== 'string') continue;
      if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { code, why: otherName(link, place) };
      const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
      if (reason !== undefined) return { code, why: reason(place.authorities) };
    }
    link = link.cause as ErrorLike | undefined;
  }
  return null;
}
