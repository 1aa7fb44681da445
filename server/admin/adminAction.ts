import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { form } from '../http/form.js';
import { type RequestInfo, requestInfo } from '../http/requestInfo.js';
import { currentPrincipal } from '../identity/guards.js';
import type { AuditEvent, AuditTrail } from '../store/auditTrail.js';
import { type AdminNotice, adminNotice } from './adminNotice.js';

/** A form that is only a button. */
export const noFields = z.unknown();

/** An admin, doing something. */
export interface Doing<Form> {
  readonly request: Request;
  readonly form: Form;
  /** The key of the admin's principal. */
  readonly actor: string;
  readonly info: RequestInfo;
  /** Writes down what the admin did. */
  record(event: Omit<AuditEvent, 'actor' | keyof RequestInfo>): Promise<void>;
}

/** How an action ends: with a redirect and a notice, or with its own form again and what is wrong in it. */
export type Ending =
  | { readonly to: string; readonly notice?: AdminNotice }
  | { readonly view: string; readonly page: object };

/**
 * Makes the handlers of what admins do: the form is checked, the action is done and written down, and the next page
 * says what came of it. What `act` throws is answered as ever.
 */
export const adminActions =
  (audit: Pick<AuditTrail, 'record'>) =>
  <Schema extends z.ZodType>(
    schema: Schema,
    act: (doing: Doing<z.output<Schema>>) => Promise<Ending>,
  ): RequestHandler =>
    form(schema, async (request, response, sent) => {
      const actor = currentPrincipal(request).key;
      const info = requestInfo(request);
      const record = (event: Parameters<Doing<unknown>['record']>[0]) =>
        audit.record({ actor, ...event, ...info });
      const ending = await act({ request, form: sent, actor, info, record });
      if ('view' in ending) return response.status(422).render(ending.view, ending.page);
      if (ending.notice !== undefined) adminNotice.leave(request, ending.notice);
      response.redirect(303, ending.to);
    });
