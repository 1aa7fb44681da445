import { newWebhookSecret } from '../../../server/sandbox/webhooks/webhookSender.js';
import { beforeEach, describe, expect, it } from '../../support/jest.js';
import { submit, useSandbox } from '../../unit/sandbox/harness.js';

const grace = 'grace@example.com';

describe('the tokens of the sandbox', () => {
  const sandbox = useSandbox();
  // Nobody accepts them there; the log of the sandbox tells which were sent.
  beforeEach(() => sandbox.control.setWebhook({ url: `${sandbox.url}/nowhere`, secret: newWebhookSecret() }));
  const told = () => sandbox.control.deliveries().map(({ type }) => type.replace('connected_account.', ''));
  const account = (connectionName: string) => sandbox.control.account(connectionName, grace);

  it('are refreshed on request: an expired account heals, and two events tell of it', () => {
    sandbox.control.refresh('slack', grace);
    expect(account('slack')).toMatchObject({ status: 'ACTIVE' });
    expect(account('slack')?.tokenExpiresAt).toBeGreaterThan(Date.now());
    expect(told()).toEqual(['status_updated', 'token_refresh_succeeded']);
  });

  it('are refreshed while they still work, which is no change of the state', () => {
    sandbox.control.refresh('gmail', grace);
    expect(told()).toEqual(['updated', 'token_refresh_succeeded']);
  });

  it.each(['github', 'notion', 'salesforce', 'exa', 'hubspot'])(
    'cannot be refreshed where there are none: %s',
    async (connectionName) => {
      const answer = await fetch(`${sandbox.url}/sandbox/api/accounts/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ connectionName, identifier: grace }),
      });
      expect(answer.status).toBe(404);
      expect(told()).toEqual([]);
    },
  );

  it('heal from the control page', async () => {
    const fields = { action: 'refresh', connectionName: 'slack', identifier: grace };
    await submit(`${sandbox.url}/sandbox/accounts`, fields);
    expect(account('slack')?.status).toBe('ACTIVE');
  });

  it('tell when they are read, and only then', async () => {
    const identifier = grace;
    await sandbox.actions.getConnectedAccount({ connectionName: 'gmail', identifier });
    expect(told()).toEqual(['oauth_tokens_fetched']);
    await sandbox.actions.listConnectedAccounts({ identifier });
    await (await sandbox.rpc()).getConnectedAccountDetails({ connector: 'gmail', identifier });
    // GitHub waits for its consent, and Exa has a key that is no token.
    await sandbox.actions.getConnectedAccount({ connectionName: 'github', identifier });
    await sandbox.actions.getConnectedAccount({ connectionName: 'exa', identifier });
    expect(told()).toEqual(['oauth_tokens_fetched']);
  });
});
