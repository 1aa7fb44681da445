export interface SampleUser {
  readonly identifier: string;
  readonly displayName: string;
  readonly isAdmin: boolean;
  /** What this sample user shows. */
  readonly note: string;
}

export const sampleUsers: readonly SampleUser[] = [
  { identifier: 'ada@example.com', displayName: 'Ada', isAdmin: false, note: 'New here: nothing connected' },
  { identifier: 'grace@example.com', displayName: 'Grace', isAdmin: false, note: 'Accounts in every state' },
  { identifier: 'alan@example.com', displayName: 'Alan', isAdmin: false, note: 'Everything connected' },
  { identifier: 'katherine@example.com', displayName: 'Katherine', isAdmin: true, note: 'Administrator' },
];
