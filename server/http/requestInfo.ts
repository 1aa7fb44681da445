import type { Request } from 'express';
import { addressOf } from './security/clientAddress.js';

/** What the audit trail and error pages note of the request that a service acts for. */
export interface RequestInfo {
  /** The request's reference id. */
  readonly reference: string;
  readonly address: string | null;
}

export const requestInfo = (request: Request): RequestInfo => ({
  reference: String(request.id),
  // What is polled has no use for it.
  get address() {
    return addressOf(request);
  },
});
