import { createSandbox } from '../../server/sandbox/sandbox.js';
import { createSdkGateway } from '../../server/scalekit/sdkGateway.js';
import { SilentProxy } from './silentProxy.js';

/**
 * Lets a gateway lose its connection in every way, many times, in a process that nothing holds together: an error that
 * nobody catches ends it. Prints how many calls were answered.
 */

const rounds = 20;
const options = { clientId: 'sandbox', clientSecret: 'sandbox', timeoutMs: 600 };

const sandbox = await createSandbox({ seed: 'empty' });
const proxy = await SilentProxy.start(sandbox.url);
let answered = 0;

/** Calls in vain now and then are part of it. */
const call = (gateway: ReturnType<typeof createSdkGateway>) =>
  gateway.listConnections().then(
    () => {
      answered += 1;
    },
    () => undefined,
  );

const gateway = createSdkGateway({ environmentUrl: proxy.url, ...options });
for (let round = 0; round < rounds; round += 1) {
  await call(gateway);
  proxy.forgetConnections();
  // Some are in flight while the connection wakes up as a broken one.
  const calls = Array.from({ length: 5 }, () => call(gateway));
  if (round % 3 === 1) proxy.resetConnections();
  await Promise.all(calls);
  if (round % 3 === 2) proxy.resetConnections();
}

// A connection that is idle is closed, and one that was forgotten meanwhile is cut off afterwards.
const idle = createSdkGateway({ environmentUrl: proxy.url, ...options, idleMs: 20 });
for (let round = 0; round < rounds; round += 1) {
  await call(idle);
  if (round % 2 === 1) proxy.forgetConnections();
  await new Promise((resolve) => setTimeout(resolve, 30));
  proxy.resetConnections();
}

// Nobody answers, neither to a greeting of TLS nor at all.
const port = new URL(proxy.url).port;
proxy.swallowNew(true);
for (const environmentUrl of [`https://127.0.0.1:${port}`, proxy.url, 'http://127.0.0.1:1']) {
  const nobody = createSdkGateway({ environmentUrl, ...options });
  for (let round = 0; round < 3; round += 1) await Promise.all([call(nobody), call(nobody)]);
  proxy.resetConnections();
}

await proxy.close();
await sandbox.close();
process.stdout.write(`${answered}\n`);
