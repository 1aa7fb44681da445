/** The states as those read them who are not the user. */
export const adminStates = {
  not_connected: 'Not connected',
  pending: 'Waiting for the user',
  needs_verification: 'Needs one more step',
  active: 'Connected',
  expired: 'Needs reconnecting',
  disconnected: 'Disconnected',
  unknown: 'Unknown',
} as const satisfies Readonly<Record<string, string>>;
