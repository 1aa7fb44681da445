import { type RequestHandler, urlencoded } from 'express';

/** Forms carry a token, a name and an identifier of 100 characters; 16 kB is far more than any of ours. */
export const formBodies = (): RequestHandler =>
  urlencoded({ extended: false, limit: '16kb', parameterLimit: 20 });
