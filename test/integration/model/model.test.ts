import { runModel } from '../../model/run.js';
import type { World } from '../../model/world.js';
import { afterAll, beforeAll, describe, it } from '../../support/jest.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { startInstancesThatDie } from './instancesThatDie.js';

const seed = Number(process.env.MODEL_SEED ?? 1);
const { MODEL_PATH: path } = process.env;

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

describe('users, browsers, tabs, other apps and two instances, whatever happens in whatever order', () => {
  it('keep what the product promises, in a hundred runs', () =>
    runModel(world, {
      seed,
      runs: 100,
      endAfterMs: 80_000,
      ...(path === undefined ? {} : { path }),
    }));
});
