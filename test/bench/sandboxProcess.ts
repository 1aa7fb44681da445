import { createSandbox } from '../../server/sandbox/sandbox.js';
import type { ControlAnswer, ControlCall, RemoteSandboxOptions } from './remoteSandbox.js';

/** The process behind `remoteSandbox.ts`: a sandbox whose control is called by messages. */
const sandbox = await createSandbox(JSON.parse(process.argv[2] ?? '') as RemoteSandboxOptions);

process.on('message', ({ id, name, args }: ControlCall) => {
  const call = sandbox.control[name] as (...given: readonly unknown[]) => unknown;
  try {
    process.send?.({ id, result: call(...args) } satisfies ControlAnswer);
  } catch (error) {
    process.send?.({ id, fault: String(error) } satisfies ControlAnswer);
  }
});
process.once('disconnect', () => void sandbox.close());
process.send?.({ id: 0, result: sandbox.url } satisfies ControlAnswer);
