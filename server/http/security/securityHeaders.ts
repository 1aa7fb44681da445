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

/** Lets the forms of one page lead to more origins, also by the redirects that follow. */
export function allowFormsTo(response: Response, origins: readonly string[]): void {
  const name = 'Content-Security-Policy';
  const policy = String(response.getHeader(name) ?? '');
  const rule = /form-action [^;]*/;
  response.setHeader(
    name,
    policy.replace(rule, (allowed) => [allowed, ...origins].join(' ')),
  );
}
