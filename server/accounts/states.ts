import type { AccountStatus } from '../scalekit/gateway.js';

/** The state of one connection for one user. */
export const accountStates = [
  'not_connected',
  'pending',
  'needs_verification',
  'active',
  'expired',
  'disconnected',
  'unknown',
] as const;

export type AccountState = (typeof accountStates)[number];

/** `connect`, `continue`, `finish` and `reconnect` all start a flow; they differ in what the button says. */
export type AccountAction = 'connect' | 'continue' | 'finish' | 'reconnect' | 'disconnect';

/** How a state is coloured: active green, attention amber, broken red, quiet grey. */
export type Tone = 'active' | 'attention' | 'broken' | 'quiet';

/** Where a card stands on the list: what needs the user first, then what can be connected, then what works. */
export type Section = 'attention' | 'available' | 'connected';

export interface StateRow {
  readonly tone: Tone;
  readonly section: Section;
  /** The one main action that the state offers. */
  readonly action: AccountAction;
}

/** The one table of states. Views, JSON and filters read it; the labels are in the texts under `states`. */
export const stateTable: Readonly<Record<AccountState, StateRow>> = {
  not_connected: { tone: 'quiet', section: 'available', action: 'connect' },
  pending: { tone: 'attention', section: 'attention', action: 'continue' },
  needs_verification: { tone: 'attention', section: 'attention', action: 'finish' },
  active: { tone: 'active', section: 'connected', action: 'disconnect' },
  expired: { tone: 'broken', section: 'attention', action: 'reconnect' },
  disconnected: { tone: 'broken', section: 'attention', action: 'reconnect' },
  unknown: { tone: 'quiet', section: 'attention', action: 'reconnect' },
};

const stateOfStatus: Readonly<Record<AccountStatus, AccountState>> = {
  active: 'active',
  expired: 'expired',
  pending_auth: 'pending',
  pending_verification: 'needs_verification',
  disconnected: 'disconnected',
  unknown: 'unknown',
};

/** What this app knows of an account besides what Scalekit tells. */
export interface OwnKnowledge {
  /** It is active, and has to be connected anew. */
  readonly mustReconnect: boolean;
  /** Its user began to connect it here, and neither finished nor cancelled. */
  readonly isBegun: boolean;
}

/**
 * The state that a connection is shown in. An account that waits for a consent is a sign that somebody asked for it, most
 * often an agent that checked its status: only a flow of ours shows that its user began anything.
 * @param status the account's status, or undefined when the user has no account on the connection
 */
export function stateOf(
  status: AccountStatus | undefined,
  { mustReconnect, isBegun }: OwnKnowledge,
): AccountState {
  if (mustReconnect) return 'expired';
  if (status === undefined || (status === 'pending_auth' && !isBegun)) return 'not_connected';
  return stateOfStatus[status];
}

/** Whether somebody else made an account that waits for a consent, so that the user may be asked for it. */
export const isAskedFor = (status: AccountStatus | undefined, { isBegun }: OwnKnowledge): boolean =>
  status === 'pending_auth' && !isBegun;
