import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from './config.js';

/**
 * The secrets that sign: those that are configured, or one that is kept in the data folder.
 * @throws Error when the folder is needed and can't be written
 */
export const sessionSecretsOf = ({ sessionSecrets, dataDir }: Config): readonly string[] =>
  sessionSecrets.length > 0 ? sessionSecrets : [keptSessionSecret(dataDir)];

/**
 * The secret of a development machine, kept beside the database so that a restart signs nobody out.
 * @throws Error when the folder can't be written
 */
function keptSessionSecret(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = path.join(dataDir, 'session-secret');
  try {
    // `wx` fails when the file is there, so that two processes that start at once agree on one secret.
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
