import fc from 'fast-check';
import { allCommands, beginning } from './commands.js';
import { checkSettled, heal } from './invariants.js';
import { emptyModel, type Model } from './model.js';
import { Stay, type World } from './world.js';

export interface RunSettings {
  readonly seed: number;
  /** Where in the runs of the seed a failure was, as fast-check prints it. */
  readonly path?: string;
  readonly runs: number;
  /** Ends after this long, in milliseconds: with fewer runs, or with a failure that is not made smaller any more. */
  readonly endAfterMs: number;
}

let runs = 0;

/**
 * Runs the model against a world. What fails is made as small as it can be.
 * @returns how many runs there were
 * @throws Error with the seed, the path and the commands that broke a promise
 */
export async function runModel(world: World, settings: RunSettings): Promise<number> {
  const { seed, path, runs: numRuns, endAfterMs } = settings;
  let underWay: Promise<unknown> = Promise.resolve();
  async function run(commands: Iterable<fc.AsyncCommand<Model, Stay>>): Promise<void> {
    runs += 1;
    const stay = new Stay(world, `run${runs}`);
    const model: Model = emptyModel();
    // What a run that broke a promise left.
    await heal(world);
    for (const one of beginning) await one.run(model, stay);
    await fc.asyncModelRun(() => ({ model, real: stay }), commands);
    await checkSettled(stay, model);
  }
  const property = fc.asyncProperty(
    fc.commands(allCommands(), { maxCommands: 16, size: 'max' }),
    (commands) => {
      const running = run(commands);
      underWay = running.catch(() => undefined);
      return running;
    },
  );
  const before = runs;
  const asserting = fc.assert(property, {
    seed,
    numRuns,
    ...(path === undefined ? {} : { path }),
    interruptAfterTimeLimit: endAfterMs,
    includeErrorInReport: true,
  });
  // It may end in the middle of a run, and whoever closes the world then has to wait for that one.
  await asserting.finally(() => underWay);
  return runs - before;
}
