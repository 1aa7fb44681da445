import type { Request, RequestHandler } from 'express';
import { notAllowed } from '../http/commonErrors.js';
import { requestInfo } from '../http/requestInfo.js';
import type { AuditTrail } from '../store/auditTrail.js';
import { requireUser } from './guards.js';
import { principalOf, signedInUser } from './principal.js';
import type { Role } from './roles.js';

/** What was asked for, without what stands in its address: that may be somebody's identifier, in any spelling. */
const patternOf = ({ route }: Request): string => (route as { readonly path: string }).path;

/** The guards of what is not for every user. Who is refused is written down; the signed-out go to the sign-in. */
export function createRoleGuards(audit: AuditTrail) {
  const requireRole =
    (...roles: readonly Role[]): RequestHandler =>
    async (request, response, next) => {
      const user = signedInUser(request);
      if (user === null) return requireUser(request, response, next);
      if (roles.includes(user.role)) return next();
      await audit.record({
        type: 'security.role_refused',
        actor: principalOf(request)?.key ?? null,
        detail: `${request.method} ${patternOf(request)}`,
        ...requestInfo(request),
      });
      throw notAllowed();
    };

  return {
    /** Lets those through who may look at everybody's accounts. */
    requireViewer: requireRole('viewer', 'admin'),
    /** Lets those through who may act on everybody's accounts. */
    requireAdmin: requireRole('admin'),
  };
}

export type RoleGuards = ReturnType<typeof createRoleGuards>;
