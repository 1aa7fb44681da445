import type { Told, Translate, Words } from '../words/words.js';

/** How loud a fault is in the log: `info` for what people do, `warn` for what looks wrong, `error` for what we must fix. */
export type LogLevel = 'info' | 'warn' | 'error';

/** A next step that a page offers. */
export interface NextStep {
  readonly label: string;
  readonly url: string;
  readonly method: 'get' | 'post';
  readonly filled: boolean;
}

/** A part of a request that is at fault. */
export interface FieldFault {
  /** `connections[0].name`, or the name of a header. */
  readonly field: string;
  /** A stable word. */
  readonly code: string;
  /** What is wrong with it and what to do, as the end of a sentence that begins with the field. */
  readonly detail: Words;
}

/** The next steps that a page offers, in its reader's language. */
export type NextSteps = (t: Translate) => readonly NextStep[];

export interface DomainErrorOptions {
  /** A stable word for logs and for problem+json. */
  readonly code: string;
  /**
   * The HTTP status. It stands beside the code, where the error is made: in `failureCodes.ts`, `commonErrors.ts`, `signInFailures.ts`,
   * `apiErrors.ts`, `refusals.ts`, `pageErrors.ts` and `webhookErrors.ts`.
   */
  readonly status: number;
  readonly level: LogLevel;
  /** What happened, what it means and what to do, for the reader. */
  readonly told: Told;
  /** None where the error handler's own way back is the right one. */
  readonly nextSteps?: NextSteps;
  /** False where this browser has no page of ours to go to. */
  readonly wayBack?: boolean;
  /** The user's own no: it is no fault, and has nothing to quote. */
  readonly isRefusal?: boolean;
  /** The parts of the request at fault, for programs. */
  readonly fields?: readonly FieldFault[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/**
 * A fault that the product knows and has words for. It is thrown anywhere and answered in one place, the error
 * handler, as a page or as problem+json (RFC 9457).
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: string;
  readonly status: number;
  readonly level: LogLevel;
  readonly told: Told;
  readonly nextSteps: NextSteps;
  readonly wayBack: boolean;
  readonly isRefusal: boolean;
  readonly fields: readonly FieldFault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(options: DomainErrorOptions) {
    super(options.code, { cause: options.cause });
    this.code = options.code;
    this.status = options.status;
    this.level = options.level;
    this.told = options.told;
    this.nextSteps = options.nextSteps ?? (() => []);
    this.wayBack = options.wayBack ?? true;
    this.isRefusal = options.isRefusal ?? false;
    this.fields = options.fields ?? [];
    this.headers = options.headers ?? {};
  }
}
