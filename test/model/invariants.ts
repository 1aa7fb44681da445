import { setTimeout as pause } from 'node:timers/promises';
import { type Model, pairOf } from './model.js';
import { type Connection, connections, promise, type Stay, type World } from './world.js';

/** No account is active but by a consent that its own user's browser brought back. */
export function checkActivations({ world, users }: Stay, model: Model): void {
  for (const user of users) {
    for (const connection of connections) {
      const isActive = world.control.account(connection, user)?.status === 'ACTIVE';
      promise(
        !isActive || model.mayBeActive.has(pairOf(user, connection)),
        () => `${connection} of ${user} is active, though no browser of that user brought its consent back`,
      );
    }
  }
}

/** The states that a list may show, by the status of the account at Scalekit. */
const shownAs: Readonly<Record<string, readonly string[]>> = {
  none: ['not_connected'],
  ACTIVE: ['active'],
  EXPIRED: ['expired'],
  DISCONNECTED: ['disconnected'],
  PENDING_AUTH: ['pending', 'not_connected'],
  PENDING_VERIFICATION: ['needs_verification', 'pending', 'not_connected'],
};

const stateOn = (page: string, connection: string): string =>
  new RegExp(`data-connection="${connection}" data-state="([a-z_]+)"`).exec(page)?.[1] ?? 'missing';

/** How a page says that Scalekit does not answer. */
const awayNotice = 'We can’t reach the connection service';

/** What is shown of a user equals what Scalekit has, in a browser where that user is signed in. */
async function checkShown(stay: Stay, index: number, user: string): Promise<void> {
  const { world } = stay;
  const look = () => stay.answer([user], () => stay.browserOf(index).get('/connections'));
  let page = await look();
  // The circuit breaker finds out by itself that Scalekit is back.
  for (let tries = 0; tries < 100 && page.text.includes(awayNotice); tries += 1) {
    await pause(100);
    page = await look();
  }
  promise(page.status === 200, () => `the list of ${user} answered ${page.status}`);
  const wrong = () =>
    connections.flatMap((connection) => {
      const status = world.control.account(connection, user)?.status ?? 'none';
      const state = stateOn(page.text, connection);
      const isRight = (shownAs[status] ?? []).includes(state);
      return isRight ? [] : [`${connection} of ${user} is shown as ${state}, and is ${status} at Scalekit`];
    });
  // An instance hears within a moment what another one worked on.
  for (let tries = 0; tries < 20 && wrong().length > 0; tries += 1) {
    await pause(100);
    page = await look();
  }
  promise(wrong().length === 0, () => wrong().join('; '));
}

/** An outage is never shown as "not connected". */
export async function checkOutage(stay: Stay, index: number, user: string, model: Model): Promise<void> {
  const page = await stay.answer([user], () => stay.browserOf(index).get('/connections'));
  if (stay.world.isDying() || page.status !== 200) return;
  for (const connection of connections) {
    const { status } = stay.world.control.account(connection, user) ?? {};
    const pair = pairOf(user, connection);
    if (status !== 'ACTIVE' || !model.mayBeActive.has(pair)) continue;
    // What somebody else did a moment ago may not have been heard of yet.
    if (model.activatedElsewhere.has(pair)) continue;
    // What was last known may be older than the connection itself, and then the page has to say so.
    const isToldOld = page.text.includes(awayNotice);
    promise(
      isToldOld || stateOn(page.text, connection) === 'active',
      () => `during an outage ${connection} of ${user} is shown as ${stateOn(page.text, connection)}`,
    );
  }
}

const ends = "('flow.done', 'flow.failed', 'flow.cancelled', 'flow.timed_out')";

/**
 * Whether the audit trail has how an account came to be active. What was told during an outage is worked on again after some
 * seconds, and what a dead instance had taken in after 20.
 */
async function isOnTrail(world: World, user: string, connection: Connection): Promise<boolean> {
  for (let tries = 0; tries < 300; tries += 1) {
    const [activation] = await world.query(
      `select count(*) as n from audit_events where type in ('flow.done', 'security.unverified_activation')
       and identifier = '${user}' and connection_name = '${connection}'`,
    );
    if (Number(activation?.n) > 0) return true;
    await pause(100);
  }
  return false;
}

/** What the database holds agrees with itself. */
async function checkRecords({ world, users }: Stay): Promise<void> {
  const among = (column: string) => `${column} in (${users.map((user) => `'${user}'`).join(', ')})`;
  const [told] = await world.query(
    `select count(*) as n from audit_events where type in ${ends} and ${among('identifier')}`,
  );
  const [ended] = await world.query(
    `select count(*) as n from flows where ended_at is not null and ${among('identifier')}`,
  );
  promise(
    Number(told?.n) >= Number(ended?.n),
    () => `${ended?.n} flows ended, and ${told?.n} ends are in the audit trail`,
  );
  const twice = await world.query(
    `select reference, count(*) as n from audit_events where type = 'flow.done' and ${among('identifier')}
     group by reference, connection_name having count(*) > 1`,
  );
  promise(twice.length === 0, () => `a flow was done twice: ${JSON.stringify(twice)}`);
  for (const user of users) {
    for (const connection of connections) {
      if (world.control.account(connection, user)?.status !== 'ACTIVE') continue;
      promise(
        await isOnTrail(world, user, connection),
        () => `${connection} of ${user} is active, and the audit trail does not have it`,
      );
    }
  }
}

/** Counts that are kept equal a recount. */
async function checkCounts({ world }: Stay): Promise<void> {
  const kept = await world.query(
    'select connection_name, state, sum(accounts) as n from directory_counts group by connection_name, state having sum(accounts) <> 0',
  );
  const counted = await world.query(
    'select connection_name, state, count(*) as n from directory_accounts group by connection_name, state',
  );
  const lines = (rows: readonly Record<string, unknown>[]) =>
    rows.map((row) => `${row.connection_name} ${row.state} ${Number(row.n)}`).sort();
  promise(
    JSON.stringify(lines(kept)) === JSON.stringify(lines(counted)),
    () => `the counts are ${lines(kept)}, and a recount gives ${lines(counted)}`,
  );
}

/** Until what Scalekit told is worked on, but for what is tried again later. */
export async function untilWorkedOff({ world }: Stay): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const [waiting] = await world.query(
      'select count(*) as n from webhook_events where outcome is null and attempts < 2',
    );
    if (Number(waiting?.n) === 0) return;
    await pause(10);
  }
}

/** Ends what goes wrong. */
export async function heal(world: World): Promise<void> {
  world.control.clearFaults();
  world.control.clearWebhookFaults();
  await world.replaceDead();
}

/** Ends what still goes wrong, and looks at everything once more. */
export async function checkSettled(stay: Stay, model: Model): Promise<void> {
  const { world } = stay;
  await heal(world);
  await world.catchUp();
  await untilWorkedOff(stay);
  for (const [index, { user }] of model.browsers.entries())
    if (user !== null) await checkShown(stay, index, user);
  checkActivations(stay, model);
  await checkRecords(stay);
  await checkCounts(stay);
}
