import type { Request } from 'express';

/** Whether the answer should be JSON: by the address, or because the caller prefers it to HTML. */
export const wantsJson = (request: Request): boolean =>
  request.path.endsWith('.json') || request.accepts(['html', 'json']) === 'json';
