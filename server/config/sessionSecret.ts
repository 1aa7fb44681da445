import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileFaultOf } from '../kernel/fileFaults.js';
import { type Config, ConfigError } from './config.js';

/**
 * The secrets that sign: those that are configured, or one that is kept in the data folder.
 * @throws ConfigError when the folder is needed and can't be used
 */
export function sessionSecretsOf({ sessionSecrets, dataDir }: Config): readonly string[] {
  if (sessionSecrets.length > 0) return sessionSecrets;
  try {
    return [keptSessionSecret(dataDir)];
  } catch (error) {
    const reason = fileFaultOf(error);
    if (reason === null) throw error;
    throw new ConfigError([`DATA_DIR names ${dataDir}, which can’t be used: ${reason}`]);
  }
}

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
