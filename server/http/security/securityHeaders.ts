import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';

export interface SecurityHeadersOptions {
  /** Whether to keep browsers to https on this host and those below it (RFC 6797), which binds whatever else is there. */
  readonly httpsOnly: boolean;
  /**
   * Origins that a form may lead to besides our own and any https one. Chromium applies `form-action` to every
   * redirect that follows a form, so a loopback sandbox has to be named or "Connect" dies silently.
   */
  readonly formOrigins: readonly string[];
}

/** Content-Security-Policy and its kin, on every answer. */
export function securityHeaders({ httpsOnly, formOrigins }: SecurityHeadersOptions): RequestHandler[] {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'", 'https:', ...formOrigins],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    strictTransportSecurity: httpsOnly,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  const noStore: RequestHandler = (_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader(
      'Permissions-Policy',
      'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()',
    );
    next();
  };
  return [headers, noStore];
}

const policyHeader = 'Content-Security-Policy';

/** Lets one page show another page of ours in a frame, if that other one allows it: see `showMail`. */
export function allowFrames(response: Response): void {
  response.setHeader(policyHeader, `${response.getHeader(policyHeader)};frame-src 'self'`);
}

/**
 * Answers with the HTML of a mail, which has inline styles. It may do nothing else: nothing is loaded or sent, nothing
 * runs, and no link leads anywhere. Only our own pages may frame it.
 */
export function showMail(response: Response, html: string): void {
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
    'sandbox',
  ];
  response.setHeader(policyHeader, policy.join(';'));
  response.setHeader('X-Frame-Options', 'SAMEORIGIN');
  // A sandboxed page has no origin to be keyed by, and Chromium would warn of it.
  response.removeHeader('Origin-Agent-Cluster');
  response.type('html').send(html);
}

/**
 * Answers with an image that others made. As a part of a page it runs and loads nothing; neither may it when somebody opens an SVG by its
 * own address. That its text is UTF-8 is said here, where no declaration in the file itself says otherwise.
 */
export function showImage(
  response: Response,
  { type, body }: { readonly type: 'image/svg+xml' | 'image/png'; readonly body: Buffer },
): void {
  response.setHeader(policyHeader, "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  response.removeHeader('Origin-Agent-Cluster');
  response.setHeader('Content-Type', type === 'image/svg+xml' ? `${type}; charset=utf-8` : type);
  response.send(body);
}

/** Lets the forms of one page lead to more origins, also by the redirects that follow. */
export function allowFormsTo(response: Response, origins: readonly string[]): void {
  const policy = String(response.getHeader(policyHeader) ?? '');
  const rule = /form-action [^;]*/;
  response.setHeader(
    policyHeader,
    policy.replace(rule, (allowed) => [allowed, ...origins].join(' ')),
  );
}
