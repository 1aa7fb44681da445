import { runModel } from '../../model/run.js';
import type { World } from '../../model/world.js';
import { afterAll, beforeAll, describe, it } from '../../support/jest.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { startInstancesThatDie } from './instancesThatDie.js';

/** As a failure prints them, to begin there. */
const { MODEL_SEED: seed, MODEL_PATH: path } = process.env;

let postgres: PostgresDatabase;
let world: World & { close(): Promise<void> };

beforeAll(async () => {
  postgres = await createPostgresDatabase();
  world = await startInstancesThatDie(postgres);
});

afterAll(async () => {
  await world.close();
  await postgres.drop();
});

/** A quarter of the hundred runs each, so that a busy machine has the time for all of them. */
const seeds = seed === undefined ? [1, 2, 3, 4] : [Number(seed)];

describe('users, browsers, tabs, other apps and two instances, whatever happens in whatever order', () => {
  it.each(seeds)('keep what the product promises, in 25 runs from seed %i', (from) =>
    runModel(world, {
      seed: from,
      runs: 25,
      endAfterMs: 80_000,
      ...(path === undefined ? {} : { path }),
    }),
  );
});
