import { setTimeout as pause } from 'node:timers/promises';
import { paths } from '../../server/paths.js';
import type { Answers } from './answers.js';
import { connectionNames, type SoakUser } from './journeys.js';
import {
  type AtScalekit,
  type Ledger,
  lastToldWrong,
  pairOf,
  type RecordedEvent,
  type Standing,
  shownFor,
  type Told,
  undelivered,
  unprocessed,
} from './ledger.js';
import type { Setting } from './setting.js';
import { SoakBrowser, statesOn } from './soakBrowser.js';

const lookEveryMs = 2_000;
/** After all is quiet what is still under way has this long: less than the pauses between tries grow to. */
const settledWithinMs = 90_000;

/** The webhooks that Scalekit sent, by what became of them. Its log holds few, so that it is read now and then. */
export class ScalekitWebhooks {
  readonly #statusOf = new Map<string, string>();

  constructor(private readonly setting: Setting) {}

  async look(): Promise<void> {
    for (const { eventId, status } of await this.setting.sandbox.control('deliveries')) {
      this.#statusOf.set(eventId, status);
    }
  }

  of(status: 'waiting' | 'delivered' | 'failed'): string[] {
    return [...this.#statusOf].filter(([, one]) => one === status).map(([id]) => id);
  }
}

/** What the soak looks at in the end, to find everything that was acknowledged. */
export interface Reckoned {
  readonly lost: readonly string[];
  readonly acknowledged: number;
  readonly events: number;
  readonly told: number;
}

/** The database as it is, read by what the soak knows of its tables. */
function tablesOf({ database }: Setting) {
  const rows = async <Row>(sql: string) => (await database.run(sql)) as unknown as Row[];
  return {
    directory: () =>
      rows<{ identifier: string; connection: string; state: string }>(
        'select identifier, connection_name as connection, state from directory_accounts',
      ),
    miscounted: () =>
      rows<{ connection: string; state: string }>(
        `select coalesce(counted.connection_name, really.connection_name) as connection, coalesce(counted.state, really.state) as state
           from (select connection_name, state, accounts from directory_counts where accounts <> 0) as counted
           full join (select connection_name, state, count(*) as accounts from directory_accounts group by 1, 2) as really
             on really.connection_name = counted.connection_name and really.state = counted.state
          where counted.accounts is distinct from really.accounts`,
      ),
    events: () => rows<RecordedEvent>('select id, outcome from webhook_events'),
    deliveries: () =>
      rows<{ id: string; type: string; identifier: string; connection: string | null; sequence: string }>(
        'select id, type, identifier, connection_name as connection, sequence from client_deliveries',
      ),
    completed: () => rows<{ id: string }>("select id from onboarding_sessions where status = 'complete'"),
  };
}

/** What of the directory, its counts included, is not as Scalekit has it. */
async function wrongInDirectory(
  setting: Setting,
  atScalekit: ReadonlyMap<string, string>,
): Promise<string[]> {
  const tables = tablesOf(setting);
  const rows = new Map(
    (await tables.directory()).map(({ identifier, connection, state }) => [
      pairOf(identifier, connection),
      state,
    ]),
  );
  const pairs = new Set([...rows.keys(), ...atScalekit.keys()]);
  const wrong = [...pairs].flatMap((pair) => {
    const [state, status] = [rows.get(pair), atScalekit.get(pair)];
    // An account that waits for a consent need not be known.
    if (shownFor(status).includes(state ?? 'not_connected')) return [];
    return [`the directory has ${pair} as ${state ?? 'nothing'}, and Scalekit as ${status ?? 'nothing'}`];
  });
  const miscounted = (await tables.miscounted()).map(
    ({ connection, state }) => `the count of ${connection}, ${state} is not that of a recount`,
  );
  return [...wrong, ...miscounted];
}

async function wrongOnLists(
  { front }: Setting,
  users: readonly SoakUser[],
  answers: Answers,
  atScalekit: ReadonlyMap<string, AtScalekit>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const user of users) {
    user.browser ??= await new SoakBrowser(front.url, answers).signIn(user.identifier);
    const { url, text } = await user.browser.read(paths.connections);
    if (new URL(url).pathname !== paths.connections) wrong.push(`${user.identifier} was signed out`);
    const states = statesOn(text);
    for (const name of connectionNames) {
      const pair = pairOf(user.identifier, name);
      const [state, status] = [states.get(name) ?? 'nothing', atScalekit.get(pair)];
      if (!shownFor(status).includes(state)) {
        wrong.push(`the list shows ${pair} as ${state}, and Scalekit has it as ${status ?? 'nothing'}`);
      }
    }
  }
  return wrong;
}

const standingAt: Readonly<Record<string, Standing>> = {
  ACTIVE: 'active',
  EXPIRED: 'expired',
  DISCONNECTED: 'disconnected',
};

async function wrongAtOtherApp(
  setting: Setting,
  ledger: Ledger,
  atScalekit: ReadonlyMap<string, AtScalekit>,
): Promise<string[]> {
  const { received, forged } = setting.receiver;
  const tables = tablesOf(setting);
  const written: Told[] = (await tables.deliveries()).map(
    ({ id, type, identifier, connection, sequence }) => ({
      id,
      type,
      about: pairOf(identifier, connection ?? ''),
      sequence: Number(sequence),
    }),
  );
  const completed = new Set((await tables.completed()).map(({ id }) => id));
  const last = ledger.pairs.flatMap((pair) => {
    const status = atScalekit.get(pair);
    const standing = status === undefined ? 'not_connected' : standingAt[status];
    return standing === undefined ? [] : lastToldWrong(pair, standing, received);
  });
  return [
    ...undelivered(written, received),
    ...last,
    ...(forged > 0 ? [`${forged} webhooks to another app bore no signature of ours`] : []),
    ...[...ledger.onboardings]
      .filter((id) => !completed.has(id))
      .map((id) => `the onboarding ${id} is not complete`),
  ];
}

/** Looks for everything that was acknowledged, until it is there or its time is over. */
export async function reckon(
  setting: Setting,
  ledger: Ledger,
  webhooks: ScalekitWebhooks,
  users: readonly SoakUser[],
  answers: Answers,
  signal: AbortSignal,
): Promise<Reckoned> {
  async function missing(): Promise<string[]> {
    await webhooks.look();
    const accounts = await setting.sandbox.control('accounts');
    const atScalekit = new Map(
      accounts.map(({ identifier, connectionName, status }) => [pairOf(identifier, connectionName), status]),
    );
    return [
      ...ledger.pairs.flatMap((pair) => ledger.compare(pair, atScalekit.get(pair), 'at Scalekit in the end')),
      ...webhooks.of('waiting').map((id) => `the event ${id} still waits at Scalekit`),
      ...webhooks.of('failed').map((id) => `Scalekit gave the event ${id} up`),
      ...unprocessed(webhooks.of('delivered'), await tablesOf(setting).events()),
      ...(await wrongInDirectory(setting, atScalekit)),
      ...(await wrongAtOtherApp(setting, ledger, atScalekit)),
      ...(await wrongOnLists(setting, users, answers, atScalekit)),
    ];
  }

  const until = performance.now() + settledWithinMs;
  let left = await missing();
  while (left.length > 0 && performance.now() < until && !signal.aborted) {
    await pause(lookEveryMs);
    left = await missing();
  }
  return {
    lost: [...ledger.lost, ...left],
    acknowledged: ledger.acknowledged,
    events: webhooks.of('delivered').length,
    told: setting.receiver.received.length,
  };
}
