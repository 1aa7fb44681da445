import type { Request } from 'express';

declare module 'express-session' {
  interface SessionData {
    /** What one answer leaves for a later one, each kind once. In an address anybody could make it up. */
    flash?: Record<string, unknown>;
  }
}

/** Something that one answer leaves in the session for a later one of the same browser. */
export interface Flash<Value> {
  leave(request: Request, value: Value): void;
  /** What was left, once; null when there is nothing. */
  take(request: Request): Value | null;
}

/** @param kind keeps it apart from what else is left */
export const flash = <Value>(kind: string): Flash<Value> => ({
  leave(request, value) {
    request.session.flash = { ...request.session.flash, [kind]: value };
  },
  take(request) {
    const { [kind]: value, ...others } = request.session.flash ?? {};
    if (value === undefined) return null;
    if (Object.keys(others).length > 0) request.session.flash = others;
    else delete request.session.flash;
    return value as Value;
  },
});
