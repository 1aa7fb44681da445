import type { Request } from 'express';
import { requestInfo } from '../../http/requestInfo.js';
import { currentPrincipal } from '../../identity/guards.js';
import type { AuditEvent } from '../../store/auditTrail.js';

/**
 * What is written down of an export: who took out what. The filter is kept whole and as an address has it, so that
 * an erasure finds whom it names.
 * @param filter its parameters; blank or null where it does not narrow
 */
export function exportEvent(
  request: Request,
  type: 'admin.events_exported' | 'admin.users_exported',
  filter: { readonly [parameter: string]: string | null },
): AuditEvent {
  const narrowing = Object.entries(filter).filter((part): part is [string, string] => Boolean(part[1]));
  return {
    type,
    actor: currentPrincipal(request).key,
    identifier: filter.person || null,
    connectionName: filter.connection || null,
    detail: new URLSearchParams(narrowing).toString() || null,
    ...requestInfo(request),
  };
}
