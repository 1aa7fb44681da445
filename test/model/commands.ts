import fc from 'fast-check';
import { adminPaths, paths } from '../../server/paths.js';
import { fieldOf, pressContinue, pressStart } from '../routes/onboarding/onboardingJourneys.js';
import { checkActivations, checkOutage, untilWorkedOff } from './invariants.js';
import { browserIn, isOwn, type Model, type ModelLink, type ModelReturn, pairOf } from './model.js';
import { type Connection, connections, mainOf, promise, type Stay } from './world.js';

type Command = fc.AsyncCommand<Model, Stay>;

interface CommandParts {
  /** What happens, as a sentence without its end. */
  readonly what: string;
  /** Whether it can happen now; always when left out. */
  can?(model: Model): boolean;
  does(model: Model, stay: Stay): Promise<void>;
}

/** Asks each browser who is signed in there: where an instance died, only that tells what became of it. */
async function observe(model: Model, stay: Stay): Promise<void> {
  for (const [index, browser] of model.browsers.entries()) {
    const page = await stay.browserOf(index).get(paths.account);
    const user = page.status === 200 ? (stay.users.find((one) => page.text.includes(one)) ?? null) : null;
    if (user !== browser.user) browser.session += 1;
    browser.user = user;
  }
}

/** After each command the dead are replaced, and no account may be active that may not be. */
const command = ({ what, can = () => true, does }: CommandParts): Command => ({
  check: can,
  async run(model, stay) {
    await does(model, stay);
    if (stay.world.isDying()) {
      await stay.world.replaceDead();
      await observe(model, stay);
    }
    checkActivations(stay, model);
  },
  toString: () => what,
});

/** What a browser is answered where Scalekit or an instance may be away. */
const isRefusal = (status: number): boolean => status >= 400;

const atSandbox = (stay: Stay, location: string | undefined): location is string =>
  location?.startsWith(stay.world.sandboxUrl) === true;

const signedIn = (index: number) => (model: Model) => browserIn(model, index).user !== null;

function signIn(index: number, user: number): Command {
  return command({
    what: `browser ${index} signs in as user ${user}`,
    can: (model) => browserIn(model, index).user === null,
    async does(model, stay) {
      const browser = stay.browserOf(index);
      const identifier = stay.userOf(user);
      await stay.answer([identifier], () => browser.get(paths.signIn));
      const { status } = await stay.answer([identifier], () => browser.post(paths.signIn, { identifier }));
      browserIn(model, index).session += 1;
      if (stay.world.isDying()) return;
      promise(status === 303, () => `the sign-in answered ${status}`);
      browserIn(model, index).user = identifier;
    },
  });
}

function signOut(index: number): Command {
  return command({
    what: `browser ${index} signs out`,
    can: signedIn(index),
    async does(model, stay) {
      const browser = stay.browserOf(index);
      const own = browserIn(model, index);
      await stay.answer([own.user], () => browser.get(paths.connections));
      await stay.answer([own.user], () => browser.post(paths.signOut));
      const after = await stay.answer([own.user], () => browser.get(paths.account));
      if (stay.world.isDying()) return;
      promise(after.status !== 200, () => 'a signed-out browser is still signed in');
      own.user = null;
      own.session += 1;
    },
  });
}

function connect(index: number, connection: Connection): Command {
  return command({
    what: `browser ${index} starts to connect ${connection}`,
    can: signedIn(index),
    async does(model, stay) {
      const { user, session } = browserIn(model, index);
      const browser = stay.browserOf(index);
      await stay.answer([user], () => browser.get(paths.connections));
      const { location } = (await stay.answer([user], () => browser.post(paths.startConnect(connection))))
        .headers;
      if (user === null || !atSandbox(stay, location)) return;
      model.links.push({ link: location, browser: index, session, user, connection, used: false });
    },
  });
}

/** The way to a flow by a durable link, which is for one user alone. */
function openDurableLink(index: number, user: number, connection: Connection): Command {
  return command({
    what: `browser ${index} opens the durable link of user ${user} to ${connection}`,
    can: signedIn(index),
    async does(model, stay) {
      const own = browserIn(model, index).user;
      const admin = await stay.admin();
      const shown = await admin.get(adminPaths.linkForUser(stay.userOf(user), connection));
      const [, address = ''] = />https?:\/\/[^/<]+(\/connect\/[^<]+)</.exec(shown.text) ?? [];
      if (address === '') return promise(isRefusal(shown.status), () => 'the admin sees no durable link');
      const page = await stay.answer([own], () =>
        stay.browserOf(index).get(address.replaceAll('&amp;', '&')),
      );
      const isFor = stay.userOf(user) === own;
      promise(
        stay.world.isDying() || isRefusal(page.status) || !isFor || page.text.includes('_csrf'),
        () => `the durable link shows its own user nothing to press`,
      );
    },
  });
}

/** What most journeys begin with, in one command, so that what follows is reached in most runs. */
function connectAndAllow(index: number, connection: Connection): Command {
  const [connecting, allowing] = [connect(index, connection), consent(-1, 'allow')];
  return command({
    what: `browser ${index} starts to connect ${connection}, and its user allows it`,
    can: signedIn(index),
    async does(model, stay) {
      const before = model.links.length;
      await connecting.run(model, stay);
      if (model.links.length > before) await allowing.run(model, stay);
    },
  });
}

/**
 * @param place of the links that are not used yet; -1 for the newest
 * @param as whose account at the provider it is; the one before when blank
 */
function consent(place: number, outcome: 'allow' | 'deny', as = ''): Command {
  return command({
    what: `the one at link ${place} answers the provider with ${outcome}${as === '' ? '' : ` as ${as}`}`,
    can: ({ links }) => links.some(({ used }) => !used),
    async does(model, stay) {
      const open = model.links.filter(({ used }) => !used);
      const link = open.at(place === -1 ? -1 : place % open.length) as ModelLink;
      link.used = true;
      const body = new URLSearchParams({ outcome, ...(as === '' ? {} : { account: as }) });
      // A connection that is kept could go silent.
      const headers = { connection: 'close' };
      const answer = await fetch(link.link, { method: 'POST', headers, body, redirect: 'manual' });
      const location = answer.headers.get('location') ?? '';
      if (!location.startsWith(stay.world.url)) return;
      model.returns.push({ path: location.slice(stay.world.url.length), of: link });
    },
  });
}

/** Brings an address back in a browser, and follows where it leads. */
async function bringBack(model: Model, stay: Stay, index: number, path: string, of: readonly ModelLink[]) {
  const own = of.every((link) => isOwn(model, link, index));
  if (own) for (const { user, connection } of of) model.mayBeActive.add(pairOf(user, connection));
  const mayName = [
    browserIn(model, index).user,
    ...of.flatMap((link) => (isOwn(model, link, index) ? link.user : [])),
  ];
  const browser = stay.browserOf(index);
  const answer = await stay.answer(mayName, () => browser.get(path));
  if (stay.world.isDying()) return;
  const { location } = answer.headers;
  promise(answer.status === 303, () => `a return was answered with ${answer.status}`);
  promise(!/auth_request_id/.test(location ?? ''), () => `a return leads on to ${location}`);
  const page = await stay.answer(mayName, () => browser.get(location ?? ''));
  if (own || stay.world.isDying()) return;
  // In another browser of theirs users may see what their own one has connected.
  const { user: reader } = browserIn(model, index);
  const isTheirs = of.some(
    ({ user, connection }) => user === reader && model.mayBeActive.has(pairOf(user, connection)),
  );
  promise(
    isTheirs || !page.text.includes('is connected</h1>'),
    () => `a stranger is told of a connection: ${mainOf(page)}`,
  );
}

function comeBack(place: number, index: number | 'own'): Command {
  return command({
    what: `return ${place} comes back in ${index === 'own' ? 'its own browser' : `browser ${index}`}`,
    can: ({ returns }) => returns.length > 0,
    async does(model, stay) {
      const { path, of } = model.returns[place % model.returns.length] as ModelReturn;
      await bringBack(model, stay, index === 'own' ? of.browser : index, path, [of]);
    },
  });
}

/** The attack that every rule of the return is there for, in one command: somebody else's browser brings an approval back. */
function broughtByAnother(index: number, other: number, connection: Connection): Command {
  const approving = connectAndAllow(index, connection);
  return command({
    what: `browser ${other} brings back what the user of browser ${index} allows for ${connection}`,
    can: signedIn(index),
    async does(model, stay) {
      const before = model.returns.length;
      await approving.run(model, stay);
      const approved = model.returns.at(-1);
      if (approved === undefined || model.returns.length === before) return;
      await bringBack(model, stay, other, approved.path, [approved.of]);
    },
  });
}

function exchanged(one: number, other: number, index: number): Command {
  return command({
    what: `browser ${index} brings the approval of return ${one} with the state of return ${other}`,
    can: ({ returns }) => returns.length > 1,
    async does(model, stay) {
      const approval = model.returns[one % model.returns.length] as ModelReturn;
      const state = model.returns[other % model.returns.length] as ModelReturn;
      const mixed = new URL(state.path, stay.world.url);
      const brought = new URL(approval.path, stay.world.url).searchParams.get('auth_request_id');
      if (brought === null) return;
      mixed.searchParams.set('auth_request_id', brought);
      await bringBack(model, stay, index, mixed.pathname + mixed.search, [approval.of, state.of]);
    },
  });
}

function cancel(index: number, connection: Connection): Command {
  return command({
    what: `browser ${index} cancels the setup of ${connection}`,
    can: signedIn(index),
    async does(model, stay) {
      const { user } = browserIn(model, index);
      const browser = stay.browserOf(index);
      await stay.answer([user], () => browser.get(paths.connections));
      await stay.answer([user], () => browser.post(paths.cancelSetup(connection)));
    },
  });
}

/** Nothing is left at Scalekit of what was disconnected, where that was said. */
function disconnected(model: Model, stay: Stay, user: string, connection: Connection, status: number): void {
  if (status !== 303 || stay.world.isDying() || model.isAway) return;
  model.mayBeActive.delete(pairOf(user, connection));
  model.activatedElsewhere.delete(pairOf(user, connection));
  const left = stay.world.control.account(connection, user);
  promise(left === undefined, () => `${connection} of ${user} was disconnected, and is ${left?.status}`);
}

function disconnect(index: number, connection: Connection): Command {
  return command({
    what: `browser ${index} disconnects ${connection}`,
    can: signedIn(index),
    async does(model, stay) {
      const { user } = browserIn(model, index);
      if (user === null) return;
      const browser = stay.browserOf(index);
      await stay.answer([user], () => browser.get(paths.disconnect(connection)));
      const { status } = await stay.answer([user], () => browser.post(paths.disconnect(connection)));
      disconnected(model, stay, user, connection, status);
    },
  });
}

function disconnectByAdmin(user: number, connection: Connection): Command {
  return command({
    what: `an administrator disconnects ${connection} of user ${user}`,
    async does(model, stay) {
      const admin = await stay.admin();
      const identifier = stay.userOf(user);
      await stay.answer(stay.users, () => admin.get(adminPaths.disconnectUser(identifier, connection)));
      const { status } = await stay.answer(stay.users, () =>
        admin.post(adminPaths.disconnectUser(identifier, connection)),
      );
      disconnected(model, stay, identifier, connection, status);
    },
  });
}

function erase(user: number): Command {
  return command({
    what: `an administrator erases user ${user}`,
    can: ({ isAway }) => !isAway,
    async does(model, stay) {
      const admin = await stay.admin();
      const identifier = stay.userOf(user);
      model.erased.add(identifier);
      await stay.answer(stay.users, () => admin.get(adminPaths.eraseUser(identifier)));
      const { status } = await stay.answer(stay.users, () =>
        admin.post(adminPaths.eraseUser(identifier), { identifier }),
      );
      for (const connection of connections) disconnected(model, stay, identifier, connection, status);
      for (const [index, browser] of model.browsers.entries()) {
        if (browser.user !== identifier) continue;
        const page = await stay.answer([identifier], () => stay.browserOf(index).get(paths.account));
        if (stay.world.isDying()) return;
        promise(page.status !== 200 || status !== 303, () => 'an erased user is still signed in');
        // Where Scalekit did not answer nothing is erased.
        if (page.status === 200) continue;
        browser.user = null;
        browser.session += 1;
      }
    },
  });
}

/** What happens at Scalekit and at the provider by itself. */
function elsewhere(user: number, connection: Connection, change: 'expire' | 'revoke'): Command {
  return command({
    what: `${connection} of user ${user} is made to ${change} elsewhere`,
    async does(_model, { world, userOf }) {
      const account = world.control.account(connection, userOf(user));
      if (account?.status === 'ACTIVE') world.control[change](connection, userOf(user));
    },
  });
}

/** An agent, or somebody with the API key, activates an account past this app. */
function activateElsewhere(user: number, connection: Connection): Command {
  return command({
    what: `${connection} of user ${user} is activated elsewhere`,
    can: ({ newsAreLost }) => !newsAreLost,
    async does(model, { world, userOf }) {
      const identifier = userOf(user);
      if (model.erased.has(identifier)) return;
      if (world.control.account(connection, identifier)?.status === 'ACTIVE') return;
      world.control.setAccount({ connectionName: connection, identifier, status: 'ACTIVE' });
      model.mayBeActive.add(pairOf(identifier, connection));
      model.activatedElsewhere.add(pairOf(identifier, connection));
    },
  });
}

const acceptActivations: Command = command({
  what: 'an administrator accepts the activations that this app did not verify',
  can: ({ isAway }) => !isAway,
  async does(_model, stay) {
    // One that is told of meanwhile is not accepted.
    await untilWorkedOff(stay);
    const admin = await stay.admin();
    const filter = { user: stay.userOf(0) };
    // An alarm that is raised in between is listed, and accepted the next time.
    for (let tries = 0; tries < 3; tries += 1) {
      await stay.answer(stay.users, () => admin.get(adminPaths.acceptActivations(filter)));
      const { status } = await stay.answer(stay.users, () =>
        admin.post(adminPaths.acceptActivations(filter)),
      );
      if (stay.world.isDying() || status !== 303) return;
      const left = await stay.answer(stay.users, () => admin.get(adminPaths.activations(filter)));
      if (stay.world.isDying() || !left.text.includes(adminPaths.acceptActivations())) return;
    }
    promise(false, () => 'activations that were accepted are still listed');
  },
});

const webhookTroubles = {
  'come twice': { repeat: 1, times: 2 },
  'come in the wrong order': { reverse: 2, times: 2 },
  'are late': { delayMs: 150, times: 3 },
  'are lost': { drop: true, times: 3 },
} as const;

const trouble = (name: keyof typeof webhookTroubles): Command =>
  command({
    what: `the next webhooks ${name}`,
    can: ({ activatedElsewhere }) => name !== 'are lost' || activatedElsewhere.size === 0,
    async does(model, { world }) {
      if (name === 'are lost') model.newsAreLost = true;
      world.control.webhookFault(webhookTroubles[name]);
    },
  });

const goAway: Command = command({
  what: 'Scalekit goes away',
  can: ({ isAway }) => !isAway,
  async does(model, { world }) {
    model.isAway = true;
    world.control.fault({ error: 'deadline' });
  },
});

const comeBackAgain: Command = command({
  what: 'Scalekit comes back',
  can: ({ isAway }) => isAway,
  async does(model, { world }) {
    model.isAway = false;
    world.control.clearFaults();
  },
});

/** As when a NAT forgets them: each is found out by the call that gets no answer. */
const goSilent: Command = command({
  what: 'the connections to Scalekit go silent',
  does: async (_model, { world }) => void world.control.forgetConnections(),
});

const look = (index: number): Command =>
  command({
    what: `browser ${index} looks at its list`,
    can: signedIn(index),
    async does(model, stay) {
      const { user } = browserIn(model, index);
      if (user === null) return;
      if (model.isAway) await checkOutage(stay, index, user, model);
      else await stay.answer([user], () => stay.browserOf(index).get(paths.connections));
    },
  });

const move: Command = command({
  what: 'the proxy goes on at the other instance',
  does: async (_model, { world }) => world.move(),
});

const crash = (after: number): Command =>
  command({
    what: `the instance dies after ${after} more steps`,
    async does(_model, { world }) {
      world.crashSoon(after);
    },
  });

const catchUp: Command = command({
  what: 'the log of Scalekit is read',
  does: (_model, { world }) => world.catchUp(),
});

const flowMs = 31 * 60_000;

/** By the rows alone: the clock is everybody’s in the process of a test. */
const wait: Command = command({
  what: 'half an hour passes',
  async does(_model, { world }) {
    const earlier = ['created_at', 'expires_at', 'link_expires_at', 'verify_started_at']
      .map((column) => `${column} = ${column} - ${flowMs}`)
      .join(', ');
    await world.query(`update flows set ${earlier} where ended_at is null`);
  },
});

/** Another app sends a user, with the check that it asked for, and a browser starts to connect Gmail in it. */
function onboard(index: number, user: number, check: 'none' | 'confirm' | 'sign_in', told: number): Command {
  return command({
    what: `another app sends user ${user} to browser ${index}, checked by ${check}, and means user ${told}`,
    can: ({ isAway }) => !isAway,
    async does(model, stay) {
      const { world } = stay;
      if (world.isDying()) return;
      const identifier = stay.userOf(user);
      const browser = stay.browserOf(index);
      const own = browserIn(model, index).user;
      const named = [identifier, own];
      const asked = { identifier, user_check: check, connections: [{ name: 'gmail' }] };
      const made = await world.acme.create(asked).catch((error) => {
        if (world.isDying()) return null;
        throw error;
      });
      if (made === null) return;
      const { id, path } = made;
      const started = await stay.answer(named, () => pressStart(browser, path));
      const steps = `/onboarding/${id}`;
      if (check === 'confirm') {
        if (world.isDying()) return;
        const answer = await world.acme.tell(started.headers.location ?? '', stay.userOf(told));
        const isRight = stay.userOf(told) === identifier;
        promise(
          world.isDying() || (answer.status === 200) === isRight,
          () => `the API answered ${answer.status} to ${isRight ? 'the right' : 'another'} user`,
        );
        if (answer.status !== 200) return;
        const go = new URL(String(answer.body.continue_url));
        await stay.answer(named, () => pressContinue(browser, go.pathname + go.search));
      }
      if (check === 'sign_in') {
        const asked = await stay.answer(named, () => browser.get(`${steps}/sign-in`));
        if (asked.status === 200) await stay.answer(named, () => browser.post(`${steps}/sign-in`));
      }
      const shown = await stay.answer(named, () => browser.get(steps));
      if (fieldOf(shown, '_csrf') === '') return;
      const { location } = (
        await stay.answer(named, () => browser.post(`${steps}/connections/gmail/connect`))
      ).headers;
      if (!atSandbox(stay, location)) return;
      const isChecked = check !== 'sign_in' || own === identifier;
      promise(isChecked, () => `an onboarding goes on though its user is not who is signed in`);
      model.links.push({
        link: location,
        browser: index,
        session: null,
        user: identifier,
        connection: 'gmail',
        used: false,
      });
    },
  });
}

/** How each run begins: one user in two browsers, and another in the third. */
export const beginning: readonly Command[] = [signIn(0, 0), signIn(1, 0), signIn(2, 1)];

const aBrowser = fc.nat(2);
const aUser = fc.nat(1);
const aConnection = fc.constantFrom(...connections);
const aPlace = fc.nat(5);

/** What can happen, the likelier the more often it is named. */
export function allCommands(): fc.Arbitrary<Command>[] {
  const signingIn = fc.tuple(aBrowser, aUser).map((of) => signIn(...of));
  const connecting = fc.tuple(aBrowser, aConnection).map((of) => connect(...of));
  const consenting = fc
    .tuple(
      aPlace,
      fc.constantFrom('allow', 'allow', 'allow', 'deny'),
      fc.constantFrom('', '', 'work@gmail.example'),
    )
    .map(([place, outcome, as]) => consent(place, outcome as 'allow' | 'deny', as));
  const returning = fc.tuple(aPlace, fc.constant('own' as const)).map((of) => comeBack(...of));
  const begun = fc.tuple(aBrowser, aConnection).map((of) => connectAndAllow(...of));
  return [
    signingIn,
    begun,
    begun,
    begun,
    connecting,
    consenting,
    returning,
    returning,
    fc.tuple(aPlace, aBrowser).map((of) => comeBack(...of)),
    fc
      .tuple(aBrowser, fc.integer({ min: 1, max: 2 }), aConnection)
      .map(([index, further, connection]) => broughtByAnother(index, (index + further) % 3, connection)),
    fc.tuple(aPlace, aPlace, aBrowser).map((of) => exchanged(...of)),
    aBrowser.map(signOut),
    fc.tuple(aBrowser, aConnection).map((of) => cancel(...of)),
    fc.tuple(aBrowser, aConnection).map((of) => disconnect(...of)),
    fc.tuple(aUser, aConnection).map((of) => disconnectByAdmin(...of)),
    aUser.map(erase),
    fc.tuple(aBrowser, aUser, aConnection).map((of) => openDurableLink(...of)),
    fc
      .tuple(aBrowser, aUser, fc.constantFrom('none', 'confirm', 'sign_in'), aUser)
      .map(([index, user, check, told]) =>
        onboard(index, user, check as 'none' | 'confirm' | 'sign_in', told),
      ),
    fc
      .tuple(aUser, aConnection, fc.constantFrom('expire', 'revoke'))
      .map(([user, connection, change]) => elsewhere(user, connection, change as 'expire' | 'revoke')),
    fc.constantFrom(...(Object.keys(webhookTroubles) as (keyof typeof webhookTroubles)[])).map(trouble),
    fc.tuple(aUser, aConnection).map((of) => activateElsewhere(...of)),
    fc.constant(acceptActivations),
    // Each takes a call's time, so it comes one time in ten.
    fc.nat(9).map((number) => (number === 9 ? goSilent : goAway)),
    fc.constant(comeBackAgain),
    aBrowser.map(look),
    fc.constant(move),
    fc.nat(25).map(crash),
    fc.constant(catchUp),
    fc.constant(wait),
  ];
}
