import type { Request, RequestHandler } from 'express';

/** Whether the answer should be JSON: by the address, or because the caller prefers it to HTML. */
export const wantsJson = (request: Request): boolean =>
  request.path.endsWith('.json') || request.accepts(['html', 'json']) === 'json';

/** Has faults told as problem+json whatever the caller says it accepts, for what is no page. */
export const answerJson: RequestHandler = (request, _response, next) => {
  request.headers.accept = 'application/problem+json, application/json';
  next();
};
