import type { Response } from 'supertest';
import { paths } from '../../server/paths.js';
import type { SandboxControl } from '../../server/sandbox/control/control.js';
import type { OtherApp } from '../routes/onboarding/onboardingJourneys.js';
import { Visitor } from '../support/visitor.js';

/** Two instances behind one proxy, the sandbox that they take for Scalekit, and what can happen to them. */
export interface World {
  /** The origin of the proxy, which is the public URL of every instance. */
  readonly url: string;
  readonly sandboxUrl: string;
  readonly control: SandboxControl;
  readonly acme: OtherApp;
  /** Sends the next requests to the instance that did not get the last ones. */
  move(): void;
  /** Has the instance that gets the requests now die soon: in the middle of whatever it does then. */
  crashSoon(after: number): void;
  /** Whether an instance is dying, so that an answer from it may be anything. */
  isDying(): boolean;
  /** Puts another instance in the place of one that died. */
  replaceDead(): Promise<void>;
  /** Has an instance read Scalekit's log. */
  catchUp(): Promise<void>;
  /** Runs a statement on the database. */
  query(statement: string): Promise<Record<string, unknown>[]>;
}

/** The connections that users of the model connect: both by consent. */
export const connections = ['gmail', 'slack'] as const;
export type Connection = (typeof connections)[number];

/** How long an answer may take, in milliseconds. */
const longestAnswerMs = 10_000;

/** A promise of the product that was broken. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

export function promise(holds: boolean, otherwise: () => string): void {
  if (!holds) throw new BrokenPromise(otherwise());
}

/** The part of a page that tells something. */
export const mainOf = ({ text }: Response): string =>
  (/<main[\s\S]*<\/main>/.exec(text)?.[0] ?? text)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .slice(0, 1000);

/** One run of the model: its users and their browsers, in a world that other runs used before. */
export class Stay {
  readonly users: readonly string[];
  readonly browsers: readonly Visitor[];
  readonly #admin: Visitor;
  #adminIsIn = false;

  constructor(
    readonly world: World,
    run: string,
  ) {
    this.users = ['ada', 'bob'].map((name) => `${name}.${run}@example.com`);
    this.browsers = [0, 1, 2].map(() => new Visitor(world.url));
    this.#admin = new Visitor(world.url);
  }

  userOf = (index: number): string => this.users[index % this.users.length] ?? '';

  browserOf(index: number): Visitor {
    const browser = this.browsers[index];
    if (browser === undefined) throw new Error(`there is no browser ${index}`);
    return browser;
  }

  /** A browser of an administrator. */
  async admin(): Promise<Visitor> {
    while (!this.#adminIsIn) {
      await this.#admin.get(paths.signIn);
      const { status } = await this.#admin.post(paths.signIn, { identifier: 'katherine@example.com' });
      this.#adminIsIn = (await this.#admin.get(paths.account)).status === 200;
      if (this.#adminIsIn) break;
      promise(this.world.isDying(), () => `an administrator’s sign-in answered ${status}`);
      await this.world.replaceDead();
      // The one that died may have signed the browser in without saying so.
      this.#adminIsIn = (await this.#admin.get(paths.account)).status === 200;
    }
    return this.#admin;
  }

  /**
   * Does what a browser does, and looks at the answer: it comes in time, it is no fault of ours, and it tells of nobody
   * but who may be told of.
   * @param mayName the users whom the answer may name
   */
  async answer(mayName: readonly (string | null)[], ask: () => Promise<Response>): Promise<Response> {
    const { world } = this;
    const began = performance.now();
    const response = await ask();
    const took = performance.now() - began;
    if (world.isDying()) return response;
    promise(took < longestAnswerMs, () => `an answer took ${Math.round(took)} ms`);
    promise(response.status !== 500, () => `an answer was 500:\n${mainOf(response)}`);
    const told = `${response.headers.location ?? ''}\n${response.text ?? ''}`;
    for (const user of this.users)
      if (!mayName.includes(user))
        promise(
          !told.includes(user) && !told.includes(encodeURIComponent(user)),
          () => `an answer to ${mayName} names ${user}: ${response.headers.location ?? mainOf(response)}`,
        );
    return response;
  }
}
