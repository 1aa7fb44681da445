import { readEnvironment } from '../config/config.js';
import { BackupRefused, backUp } from '../store/database/backup.js';
import { command, UsageError } from './commandLine.js';

const usage = `Usage: npm run backup -- FILE

Writes all that the database of the app holds into a new file, as of one moment, while the app runs. The file is a SQLite
database, whichever kind the app's is, and holds secrets: keep it as you keep the database.
`;

/** Takes a backup of the app's database. */
export const backupCommand = () =>
  command({
    usage,
    args: { file: { type: 'positional', required: true } },
    async *run({ file }) {
      try {
        const bytes = await backUp(readEnvironment(), file);
        yield `Saved in ${file}: ${bytes.toLocaleString('en')} bytes.\n`;
      } catch (error) {
        throw error instanceof BackupRefused ? new UsageError(error.message) : error;
      }
    },
  });
