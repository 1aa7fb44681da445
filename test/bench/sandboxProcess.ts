import { createSandbox } from '../../server/sandbox/sandbox.js';
import type { Seed } from '../../server/sandbox/seed.js';
import type { ControlAnswer, ControlCall } from './remoteSandbox.js';

/** The process behind `remoteSandbox.ts`: a sandbox whose control is called by messages. */
const sandbox = await createSandbox({ seed: JSON.parse(process.argv[2] ?? '') as Seed });

process.on('message', ({ id, name, args }: ControlCall) => {
  const call = sandbox.control[name] as (...given: readonly unknown[]) => unknown;
  process.send?.({ id, result: call(...args) } satisfies ControlAnswer);
});
process.once('disconnect', () => void sandbox.close());
process.send?.({ id: 0, result: sandbox.url } satisfies ControlAnswer);
