const noRight = 'this user may not write there';
const full = 'the disk is full';
const readOnly = 'it is read-only';

/** Why a file or a folder could not be used, by the codes of the system and of SQLite. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: noRight,
  EPERM: noRight,
  EROFS: readOnly,
  ENOTDIR: 'it is not a folder, or it lies in something that is none',
  EISDIR: 'it is a folder',
  EEXIST: 'it is not a folder',
  ENOENT: 'there is no such folder',
  ENOSPC: full,
  EDQUOT: full,
  EMFILE: 'this process may not open more files',
  ENFILE: 'this machine may not open more files',
  EIO: 'the disk answers with an error',
  SQLITE_FULL: full,
  SQLITE_READONLY: 'it, or a file in it, can’t be written',
  SQLITE_CANTOPEN: 'a file in it can’t be opened or made',
  SQLITE_IOERR: 'the disk answers with an error',
  SQLITE_NOTADB: 'its file is not a database',
  SQLITE_CORRUPT: 'its file is damaged',
};

/** The code of an error or of the one behind it, if it is about files. */
export function fileFaultCodeOf(error: unknown): string | null {
  for (let cause = error; typeof cause === 'object' && cause !== null; ) {
    const { code, cause: next } = cause as { code?: unknown; cause?: unknown };
    if (typeof code === 'string') {
      // SQLite's longer codes go on where these end: `SQLITE_IOERR_WRITE`.
      const known = Object.keys(reasons).find((short) => code === short || code.startsWith(`${short}_`));
      if (known !== undefined) return known;
    }
    cause = next;
  }
  return null;
}

/** Why a file or a folder could not be used, as the end of a sentence, or null when the error is about something else. */
export function fileFaultOf(error: unknown): string | null {
  const code = fileFaultCodeOf(error);
  return code === null ? null : (reasons[code] ?? null);
}
