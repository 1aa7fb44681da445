import { credentialFields } from '../../../server/sandbox/hosted/credentials.js';
import { accountStatuses } from '../../../server/sandbox/model.js';
import { createSandbox, type Sandbox } from '../../../server/sandbox/sandbox.js';
import { createSdkGateway } from '../../../server/scalekit/sdkGateway.js';
import { createActionsGateway } from '../../support/actionsGateway.js';
import { describeGatewayContract, type GatewayWorld } from '../../support/gatewayContract.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';

describeGatewayContract('the gateway in memory', async () => {
  const gateway = createMemoryGateway();
  const { scalekit } = gateway;
  scalekit.addConnection({ name: 'gmail' });
  return {
    gateway,
    setConnection: (name, changes) => scalekit.addConnection({ name, ...changes }),
    setAccount: (key, status) => scalekit.addAccount({ ...key, status }),
    setVerification(mode) {
      scalekit.verification = mode;
    },
    consent: async (link) => scalekit.consent(link)?.returnUrl ?? null,
    close: async () => {},
  };
});

describeGatewayContract('the SDK’s own actions as they come, against the sandbox', async () => {
  const sandbox = await createSandbox({ seed: 'empty' });
  return { gateway: createActionsGateway(sandbox.url, 'sandbox', 'sandbox'), ...controlled(sandbox) };
});

describeGatewayContract('the gateway of the app, against the sandbox', async () => {
  const sandbox = await createSandbox({ seed: 'empty' });
  return {
    gateway: createSdkGateway({
      environmentUrl: sandbox.url,
      clientId: 'sandbox',
      clientSecret: 'sandbox',
      timeoutMs: 30_000,
    }),
    ...controlled(sandbox),
  };
});

function controlled({ control, close }: Sandbox): Omit<GatewayWorld, 'gateway'> {
  // What the gateway does with either answer is the subject; the flow makes the account first.
  control.setLinkMakesAccount(false);
  return {
    setConnection(name, { kind, enabled }) {
      control.setConnection(name, {
        ...(kind && { type: kind === 'static' ? 'API_KEY' : 'OAUTH' }),
        ...(enabled !== undefined && { enabled }),
      });
    },
    setAccount(key, status) {
      const name = accountStatuses.find((candidate) => candidate.toLowerCase() === status);
      if (name) control.setAccount({ ...key, status: name });
    },
    setVerification: (mode) => control.setVerification(mode),
    consent: submitHostedPage,
    close,
  };
}

/** Submits the hosted page as a browser does: "Allow", and every field of a credentials form. */
async function submitHostedPage(link: string): Promise<string | null> {
  const body = new URLSearchParams({ outcome: 'allow' });
  for (const { name } of Object.values(credentialFields).flat()) body.set(name, 'typed');
  const response = await fetch(link, { method: 'POST', body, redirect: 'manual' });
  const location = new URL(response.headers.get('location') ?? '', link);
  return location.origin === new URL(link).origin ? null : location.href;
}
