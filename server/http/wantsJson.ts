import type { Request, RequestHandler } from 'express';

/** Whether the answer should be JSON: by the address, or because the caller prefers it to HTML. */
export const wantsJson = (request: Request): boolean =>
  request.path.endsWith('.json') || request.accepts(['html', 'json']) === 'json';

/** Answers faults with problem+json whatever `Accept` says, for routes that are not pages. */
export const answerJson: RequestHandler = (request, _response, next) => {
  request.headers.accept = 'application/problem+json, application/json';
  next();
};
