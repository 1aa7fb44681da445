import path from 'node:path';
import Sequencer from '@jest/test-sequencer';

/** Slow ones first. */
const kinds = ['e2e', 'integration', 'routes', 'unit'];

/** The slowest of all, from half a minute up: begun late, one of them would run alone at the end. */
const slowest = [
  'e2e/pages.test.ts',
  'integration/model/model.test.ts',
  'e2e/accounts/flow/failures.test.ts',
  'integration/scalekit/silentDrop.test.ts',
  'integration/operations/proxies.test.ts',
  'integration/api/clientWebhooks.test.ts',
  'integration/operations/rollingUpdate.test.ts',
  'unit/store/database/backup.test.ts',
  'integration/store/instanceProcesses.test.ts',
  'integration/commands/commandLine.test.ts',
];

/**
 * Begins with the slowest files, and orders the others by kind, so that no browser is left to one core at the end. Jest
 * alone goes by how long a file took last time, which a fresh checkout does not know, or by its size.
 */
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const placeOf = (test) => {
      const file = path.relative(path.join(test.context.config.rootDir, 'test'), test.path);
      const place = slowest.indexOf(file);
      const [kind = ''] = file.split(path.sep);
      return place === -1 ? slowest.length + kinds.indexOf(kind) : place;
    };
    const sorted = super.sort(tests);
    return [...sorted].sort((one, other) => placeOf(one) - placeOf(other));
  }
}
