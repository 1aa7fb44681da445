/** Requiring that a connection is connected anew. */
export const adminReconnect = {
  heading: (title: string) => `Require reconnecting ${title}?`,
  sentences: (title: string) => [
    `Do this when what ${title} is used for has changed, such as the permissions that it asks for. Every account that was approved before the time below is then shown as “Needs reconnecting”, to its user and to you.`,
    'Nothing is disconnected and no mail goes out by itself: accounts go on working for whoever uses them until their user reconnects. You can mail the users afterwards, and you can take this back.',
  ],
  accounts: 'Connected now',
  olderThan: 'Approved before (UTC)',
  olderThanHint: 'Leave it empty to mean now, and so every account that is connected.',
  button: 'Require reconnecting',
  current: (olderThan: string, requiredAt: string) =>
    `Since ${requiredAt}, accounts that were approved before ${olderThan} have to be reconnected.`,
  withdraw: 'Take it back',
  mail: 'Mail the users who need to reconnect',
  faults: {
    not_a_time: 'This is not a date and a time. Write it like 2026-03-12T14:02.',
    future: 'This time has not come yet. Choose one that has passed, or leave the field empty.',
  },
  required: (title: string) => `Reconnecting ${title} is required. The directory follows within moments.`,
  withdrawn: (title: string) =>
    `Reconnecting ${title} is no longer required. The directory follows within moments.`,
  notRequired: (title: string) =>
    `Reconnecting ${title} was not required, so there was nothing to take back.`,
} as const;
