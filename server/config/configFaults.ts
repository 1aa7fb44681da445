import { isLoopbackHost } from '../kernel/loopback.js';
import type { Fault } from './configValues.js';
import { type Environment, localUrl } from './environment.js';
import { mailFaults } from './mailSettings.js';
import { signInFaults } from './signInSettings.js';

const scalekitNames = ['SCALEKIT_ENVIRONMENT_URL', 'SCALEKIT_CLIENT_ID', 'SCALEKIT_CLIENT_SECRET'] as const;

function scalekitFaults(names: ReadonlySet<string>, loopback: boolean): Fault[] {
  const given = scalekitNames.filter((name) => names.has(name));
  if (given.length === 0 && loopback) return [];
  const expected =
    given.length === 0
      ? 'is required, since the sandbox runs only while HOST and PUBLIC_URL are loopback'
      : `is required together with ${given.join(' and ')}`;
  return scalekitNames.filter((name) => !names.has(name)).map((name) => ({ name, expected }));
}

function productionFaults(env: Environment, publicUrl: string): Fault[] {
  const faults: Fault[] = [];
  if (env.SESSION_SECRET.length === 0) {
    faults.push({
      name: 'SESSION_SECRET',
      expected: 'is required in production: at least 32 random characters',
    });
  }
  if (!publicUrl.startsWith('https:')) {
    faults.push({ name: 'PUBLIC_URL', expected: 'must be an https address in production' });
  }
  if (env.USER_VERIFICATION === 'scalekit') {
    faults.push({
      name: 'USER_VERIFICATION',
      expected: 'must be custom in production: nothing else stops a user who was sent a link',
    });
  }
  return faults;
}

/** The app's addresses, and what follows from them. */
export function reach(env: Environment) {
  const publicUrl = env.PUBLIC_URL ?? localUrl(env.PORT);
  const loopback = isLoopbackHost(env.HOST) && isLoopbackHost(new URL(publicUrl).hostname);
  return { publicUrl, loopback, production: env.NODE_ENV === 'production' || !loopback };
}

/**
 * The faults of values that do not fit each other.
 * @param names the variables that are set, faulty ones too
 */
export function combinationFaults(env: Environment, names: ReadonlySet<string>): Fault[] {
  const { publicUrl, loopback, production } = reach(env);
  const faults: Fault[] = [
    ...scalekitFaults(names, loopback),
    ...signInFaults(env, names, loopback),
    ...mailFaults(names),
  ];
  if (production) faults.push(...productionFaults(env, publicUrl));
  if (publicUrl.startsWith('https:') && env.TRUST_PROXY === false) {
    // express-session sets no Secure cookie on a request that it takes for plain http, so nobody could sign in.
    faults.push({
      name: 'TRUST_PROXY',
      expected: 'is required while PUBLIC_URL is https, or no session cookie would ever be set',
    });
  }
  return faults;
}
