import path from 'node:path';
import Sequencer from '@jest/test-sequencer';

/** Slow ones first. */
const kinds = ['e2e', 'integration', 'routes', 'unit'];

/**
 * Orders files by kind, so that no browser is left to one core at the end. Jest alone goes by how long a file took
 * last time, which a fresh checkout does not know, or by its size.
 */
export default class SlowKindsFirst extends Sequencer {
  sort(tests) {
    const kindOf = (test) => {
      const [kind = ''] = path
        .relative(path.join(test.context.config.rootDir, 'test'), test.path)
        .split(path.sep);
      return kinds.indexOf(kind);
    };
    const sorted = super.sort(tests);
    return [...sorted].sort((one, other) => kindOf(one) - kindOf(other));
  }
}
