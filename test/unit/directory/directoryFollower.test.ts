import { createDirectoryFollower } from '../../../server/directory/directoryFollower.js';
import { createLogger } from '../../../server/http/logging.js';
import { ScalekitError } from '../../../server/scalekit/scalekitError.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { ada, bob } from './directory.js';

describe('following what the app itself changed', () => {
  let read: string[];
  let failing: boolean;
  let follower: ReturnType<typeof createDirectoryFollower>;

  beforeEach(() => {
    read = [];
    failing = false;
    follower = createDirectoryFollower(
      {
        async read(identifier) {
          read.push(identifier);
          if (failing) throw new ScalekitError('unreachable', 'listConnectedAccounts');
        },
        logger: createLogger('silent'),
      },
      { waitMs: 0, retryMs: 0, lookEveryMs: 3_600_000 },
    );
    follower.job.start();
  });

  afterEach(() => follower.job.stop());

  it('reads each user once, however much changed', async () => {
    follower.changed(ada);
    follower.changed(bob);
    follower.changed(ada);
    await follower.job.look();
    await follower.job.look();
    expect(read.sort()).toEqual([ada, bob]);
  });

  it('leaves out users who were read meanwhile, by a read that began after the change', async () => {
    follower.changed(ada);
    follower.changed(bob);
    await follower.observed(ada, [], Date.now() + 1);
    await follower.observed(bob, [], Date.now() - 1000);
    await follower.job.look();
    expect(read).toEqual([bob]);
  });

  it('tries again when Scalekit can’t be reached', async () => {
    failing = true;
    follower.changed(ada);
    await follower.job.look();
    failing = false;
    await follower.job.look();
    await follower.job.look();
    expect(read).toEqual([ada, ada]);
  });

  it('does nothing before its start, nor after its end', async () => {
    await follower.job.stop();
    follower.changed(ada);
    await follower.job.look();
    expect(read).toEqual([]);
  });
});
