import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { badRequest } from './commonErrors.js';

/**
 * What a form sent. Fields that the schema does not name are left out.
 * @throws DomainError `bad_request` when the form does not fit the schema
 */
export function readForm<Schema extends z.ZodType>(schema: Schema, request: Request): z.output<Schema> {
  const parsed = schema.safeParse(request.body ?? {});
  if (!parsed.success) throw badRequest();
  return parsed.data;
}

/** The handler of a form, which gets what the form sent. */
export const form =
  <Schema extends z.ZodType>(
    schema: Schema,
    handle: (request: Request, response: Response, sent: z.output<Schema>) => unknown,
  ): RequestHandler =>
  async (request, response) => {
    await handle(request, response, readForm(schema, request));
  };

/** A field that may be anything, or be missing: its reader checks it. */
export const anything = z.unknown().optional();

/** A box that is ticked, or not. */
export const ticked = anything.transform((value) => value === 'yes');
