import { pipeline } from 'node:stream/promises';
import { DisplaySettingsError } from './accounts/list/displaySettings.js';
import { type Config, ConfigError, readEnvironment } from './config/config.js';
import type { Database } from './store/database/database.js';
import { DatabaseFault } from './store/database/databaseFault.js';
import { DatabaseUnavailable } from './store/database/databaseUnavailable.js';
import { openDatabase } from './store/database/openDatabase.js';

/** Thrown when a command is called wrongly, or can't do what it is told; its message is for whoever called it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command tells of while it works; the logger of what it is made of. */
export const toTerminal = {
  info: () => undefined,
  warn: (_details: object, message: string) => void process.stderr.write(`${message}\n`),
};

/** What a command works with. */
export interface CommandPeers {
  readonly config: Config;
  readonly database: Database;
}

const toldInWords = [UsageError, ConfigError, DisplaySettingsError, DatabaseUnavailable, DatabaseFault];

/**
 * Runs a command. Faults that the caller can mend are told in words; every fault ends with the exit code 1.
 * @param usage what `--help` tells instead of anything else
 * @param work gives the pieces to print
 */
export function runCommand(usage: string, work: (args: readonly string[]) => AsyncIterable<string>): void {
  const args = process.argv.slice(2);
  const pieces = args.includes('--help') ? [`${usage.trimEnd()}\n`] : work(args);
  pipeline(pieces, process.stdout, { end: false }).catch((error: unknown) => {
    const { code, message, stack } = error as { code?: string; message: string; stack?: string };
    const known = toldInWords.some((kind) => error instanceof kind);
    const told = known || code?.startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`${told ? message.trimEnd() : stack}\n`);
    process.exitCode = 1;
  });
}

/**
 * Runs a command on the app's database, with the environment and `.env` as the app reads them.
 * @param usage what `--help` tells
 * @param work gives the pieces to print
 */
export function runOnDatabase(
  usage: string,
  work: (args: readonly string[], peers: CommandPeers) => AsyncIterable<string>,
): void {
  runCommand(usage, async function* (args) {
    const config = readEnvironment();
    const database = await openDatabase(config, toTerminal);
    try {
      yield* work(args, { config, database });
    } finally {
      await database.close();
    }
  });
}
