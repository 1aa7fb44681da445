import { readEnvironment } from '../config/config.js';
import { BackupRefused, restore } from '../store/database/backup.js';
import { command, UsageError } from './commandLine.js';
import { toTerminal } from './peers.js';

const usage = `Usage: npm run restore -- FILE

Brings what a backup holds into the database of the app, which has to be empty, or not there yet: all of it or nothing.
It takes backups of this version and of older ones, of either kind of database. Stop the app meanwhile.
`;

/** Brings a backup into the app's database. */
export const restoreCommand = () =>
  command({
    usage,
    args: { file: { type: 'positional', required: true } },
    async *run({ file }) {
      try {
        for (const [table, count] of await restore(file, readEnvironment(), toTerminal)) {
          yield `${table.padEnd(28)}${String(count).padStart(9)}\n`;
        }
      } catch (error) {
        throw error instanceof BackupRefused ? new UsageError(error.message) : error;
      }
      yield 'Restored. Start the app, with the SESSION_SECRET that it had.\n';
    },
  });
