import { ConfigError, readConfig } from '../../../server/config/config.js';

export type Env = Record<string, string>;

/** The sentences about what is wrong with an environment; none when it is accepted. */
export function faultsOf(env: Env): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

/** The names of the variables that the faults begin with. */
export const faultyNames = (env: Env) => faultsOf(env).map((fault) => fault.split(' ')[0]);
