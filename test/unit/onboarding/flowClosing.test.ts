import { failure } from '../../../server/accounts/flow/failures.js';
import { createFlowClosing } from '../../../server/onboarding/flowClosing.js';
import type { OnboardingSession } from '../../../server/onboarding/onboardingSession.js';
import { describe, expect, it } from '../../support/jest.js';
import { aFlow } from '../accounts/flow/flows.js';
import { ada, info } from './onboardings.js';

const session = {
  id: 'obs_1',
  identifier: ada,
  status: 'cancelled',
  connections: [
    { name: 'gmail', required: true },
    { name: 'exa', required: false },
  ],
} as unknown as OnboardingSession;

function closing(errors: Readonly<Record<string, Error>>) {
  const closed: string[] = [];
  const close = createFlowClosing({
    flows: {
      unended: async (_identifier, connectionName) => [
        aFlow({ connectionName, principal: 'onboarding:obs_1' }),
      ],
    },
    ending: {
      async withPair(_identifier, name, work) {
        const error = errors[name];
        if (error !== undefined) throw error;
        return work();
      },
      async abandon({ connectionName }) {
        closed.push(connectionName);
        return true;
      },
    },
  });
  return { closed, close };
}

describe('the closing of the flows of an onboarding', () => {
  it('leaves one that is being verified to that, and goes on with the others', async () => {
    const { closed, close } = closing({ gmail: failure('pair_busy', null) });
    await close(session, info);
    expect(closed).toEqual(['exa']);
  });

  it('hides no other fault', async () => {
    const { close } = closing({ gmail: new Error('the database is gone') });
    await expect(close(session, info)).rejects.toThrow('the database is gone');
  });
});
