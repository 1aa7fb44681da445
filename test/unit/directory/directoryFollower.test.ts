import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createDirectoryFollower,
  type DirectoryFollower,
} from '../../../server/directory/directoryFollower.js';
import { createLogger } from '../../../server/http/logging.js';
import { ScalekitError } from '../../../server/scalekit/scalekitError.js';
import { ada, bob } from './directory.js';

describe('following what the app itself changed', () => {
  let read: string[];
  let failing: boolean;
  let follower: DirectoryFollower;

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
    follower.start();
  });

  afterEach(() => follower.stop());

  it('reads each user once, however much changed', async () => {
    follower.changed(ada);
    follower.changed(bob);
    follower.changed(ada);
    await follower.readDue();
    await follower.readDue();
    expect(read.sort()).toEqual([ada, bob]);
  });

  it('leaves out users who were read meanwhile, by a read that began after the change', async () => {
    follower.changed(ada);
    follower.changed(bob);
    await follower.observed(ada, [], Date.now() + 1);
    await follower.observed(bob, [], Date.now() - 1000);
    await follower.readDue();
    expect(read).toEqual([bob]);
  });

  it('tries again when Scalekit can’t be reached', async () => {
    failing = true;
    follower.changed(ada);
    await follower.readDue();
    failing = false;
    await follower.readDue();
    await follower.readDue();
    expect(read).toEqual([ada, ada]);
  });

  it('does nothing before its start, nor after its end', async () => {
    await follower.stop();
    follower.changed(ada);
    await follower.readDue();
    expect(read).toEqual([]);
  });
});
