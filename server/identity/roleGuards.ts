import type { Request, RequestHandler } from 'express';
import { notAllowed } from '../http/commonErrors.js';
import { requestInfo } from '../http/requestInfo.js';
import { DomainError } from '../kernel/errors.js';
import type { AuditTrail } from '../store/auditTrail.js';
import { told } from '../words/words.js';
import { requireUser } from './guards.js';
import { principalOf, signedInUser } from './principal.js';
import type { Role } from './roles.js';

/** The user may have the right, but the sign-in could not tell. */
const rolesUnknown = () =>
  new DomainError({
    code: 'roles_unknown',
    status: 403,
    level: 'warn',
    told: told('identity.rolesLeftOut'),
  });

/** The route that was asked for. The path itself may hold an identifier, in any spelling, so it is left out. */
const patternOf = ({ route }: Request): string => (route as { readonly path: string }).path;

/** The guards of the admins' routes. A refusal is recorded in the audit trail; signed-out users go to the sign-in. */
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
      throw user.rolesLeftOut ? rolesUnknown() : notAllowed();
    };

  return {
    /** Lets viewers and admins through. */
    requireViewer: requireRole('viewer', 'admin'),
    /** Lets admins through. */
    requireAdmin: requireRole('admin'),
  };
}

export type RoleGuards = ReturnType<typeof createRoleGuards>;
