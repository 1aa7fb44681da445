import { pipeline } from 'node:stream/promises';
import { DisplaySettingsError } from '../accounts/list/displaySettings.js';
import { BrandError } from '../brand/brand.js';
import { ConfigError } from '../config/config.js';
import { DatabaseFault } from '../store/database/databaseFault.js';
import { DatabaseUnavailable } from '../store/database/databaseUnavailable.js';
import { CommandLineError, group, perform, UsageError } from './commandLine.js';

const usage = `Usage: npm run COMMAND -- [ARGUMENTS]
   or: node dist/commands/cli.js COMMAND [ARGUMENTS]

  link            prints a durable link for one user
  client          makes, shows, changes and ends API clients
  user            takes out, renames and erases one user, and shows identifiers that differ only by case
  backup          writes all that the database holds into a file
  restore         brings a backup into an empty database
  copy-database   takes the embedded database along to PostgreSQL
  doctor          checks what the app needs
  sandbox         runs the sandbox alone

--help after a command tells what it takes. The exit code is 0 when all went well, 1 when it did not, and 2 when the
command line was wrong and nothing was done.
`;

const main = group(usage, {
  link: () => import('./link.js').then(({ linkCommand }) => linkCommand()),
  client: () => import('./client.js').then(({ clientCommand }) => clientCommand()),
  user: () => import('./user.js').then(({ userCommand }) => userCommand()),
  backup: () => import('./backup.js').then(({ backupCommand }) => backupCommand()),
  restore: () => import('./restore.js').then(({ restoreCommand }) => restoreCommand()),
  'copy-database': () => import('./copyDatabase.js').then(({ copyDatabaseCommand }) => copyDatabaseCommand()),
  doctor: () => import('./doctor.js').then(({ doctorCommand }) => doctorCommand()),
  sandbox: () => import('./sandbox.js').then(({ sandboxCommand }) => sandboxCommand()),
});

const toldInWords = [
  UsageError,
  ConfigError,
  BrandError,
  DisplaySettingsError,
  DatabaseUnavailable,
  DatabaseFault,
];

/** Faults that the caller can mend are told in words. */
function tell(error: unknown): void {
  const { code, message, stack } = error as { code?: string; message: string; stack?: string };
  // Whoever read the output has had enough of it, as `head` does.
  if (code === 'EPIPE') return;
  const told = toldInWords.some((kind) => error instanceof kind) ? message.trimEnd() : stack;
  if (told !== '') process.stderr.write(`${told}\n`);
}

try {
  await pipeline(perform(main, process.argv.slice(2)), process.stdout, { end: false });
} catch (error) {
  tell(error);
  process.exitCode = error instanceof CommandLineError ? 2 : 1;
}
