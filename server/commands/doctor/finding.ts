/** What the doctor says of one thing: that it is well, that it deserves a look, or that it must be mended. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly subject: string;
  /** How it is and, unless it is well, what to do. Never a secret. */
  readonly text: string;
}

export const ok = (subject: string, text: string): Finding => ({ level: 'ok', subject, text });
export const warn = (subject: string, text: string): Finding => ({ level: 'warn', subject, text });
export const fail = (subject: string, text: string): Finding => ({ level: 'fail', subject, text });

/** One line of the report. */
export const lineOf = ({ level, subject, text }: Finding): string =>
  `${level.padEnd(4)}  ${subject.padEnd(13)}  ${text}`;
