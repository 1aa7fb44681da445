import type { Request, RequestHandler } from 'express';
import type { Tone } from '../accounts/states.js';

/** What is said back after an admin did something. */
export interface AdminNotice {
  readonly tone: Tone;
  readonly sentence: string;
}

declare module 'express-session' {
  interface SessionData {
    /** Kept from a form to the next admin page. In the address anybody could make it up. */
    adminNotice?: AdminNotice;
  }
}

/** Has the next admin page of this session say something, once. */
export function leaveNotice(request: Request, notice: AdminNotice): void {
  request.session.adminNotice = notice;
}

function takeNotice(request: Request): AdminNotice | null {
  const notice = request.session.adminNotice ?? null;
  delete request.session.adminNotice;
  return notice;
}

/** Lets the top of every admin page say what was left for it. */
export const noticeLocals: RequestHandler = (request, response, next) => {
  response.locals.takeNotice = () => takeNotice(request);
  next();
};
