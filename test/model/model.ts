import type { Connection } from './world.js';

/** A browser as it should be: who is signed in, and in the how manieth of its sessions. */
export interface ModelBrowser {
  user: string | null;
  session: number;
}

/** A link to the provider that a browser was sent to. */
export interface ModelLink {
  readonly link: string;
  readonly browser: number;
  /** The session that it belongs to; an onboarding's links are bound to its browser alone. */
  readonly session: number | null;
  readonly user: string;
  readonly connection: Connection;
  used: boolean;
}

/** An address that a browser was sent back to after consent. */
export interface ModelReturn {
  readonly path: string;
  readonly of: ModelLink;
}

/** What is true by the rules, whatever the product does. */
export interface Model {
  readonly browsers: ModelBrowser[];
  readonly links: ModelLink[];
  readonly returns: ModelReturn[];
  /** The accounts that may be active: their own user's browser brought a consent back. */
  readonly mayBeActive: Set<string>;
  isAway: boolean;
  /** Accounts that somebody else activated at Scalekit: an admin has to be told of each. */
  readonly activatedElsewhere: Set<string>;
  /** Nothing that Scalekit tells of them counts for a minute: its clock may be slow. */
  readonly erased: Set<string>;
  /** What Scalekit tells may get lost. */
  newsAreLost: boolean;
}

export const emptyModel = (): Model => ({
  browsers: [0, 1, 2].map(() => ({ user: null, session: 0 })),
  links: [],
  returns: [],
  mayBeActive: new Set(),
  isAway: false,
  activatedElsewhere: new Set(),
  erased: new Set(),
  newsAreLost: false,
});

export const pairOf = (user: string, connection: Connection): string => `${user} ${connection}`;

/** The browser of an index. */
export function browserIn(model: Model, index: number): ModelBrowser {
  const browser = model.browsers[index];
  if (browser === undefined) throw new Error(`there is no browser ${index}`);
  return browser;
}

/** Whether this browser is the link's user's at this moment, by what it is bound to. */
export function isOwn(model: Model, link: ModelLink, index: number): boolean {
  if (link.browser !== index) return false;
  if (link.session === null) return true;
  const { user, session } = browserIn(model, index);
  return user === link.user && session === link.session;
}
