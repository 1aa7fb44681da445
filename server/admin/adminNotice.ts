import type { RequestHandler } from 'express';
import type { Tone } from '../accounts/states.js';
import { flash } from '../http/flash.js';
import { wantsJson } from '../http/wantsJson.js';

/** What is said back after an admin did something. */
export interface AdminNotice {
  readonly tone: Tone;
  readonly sentence: string;
}

export const adminNotice = flash<AdminNotice>('adminNotice');

/** Gives each admin page what was left for it to say. */
export const takeNotice: RequestHandler = (request, response, next) => {
  const isPage = request.method === 'GET' && !wantsJson(request);
  response.locals.adminNotice = isPage ? adminNotice.take(request) : null;
  next();
};
