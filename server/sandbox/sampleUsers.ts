/** The users of the sample data; `note` says what each shows. */
export const sampleUsers = [
  { identifier: 'ada@example.com', displayName: 'Ada', isAdmin: false, note: 'New here: nothing connected' },
  { identifier: 'grace@example.com', displayName: 'Grace', isAdmin: false, note: 'Accounts in every state' },
  { identifier: 'alan@example.com', displayName: 'Alan', isAdmin: false, note: 'Everything connected' },
  { identifier: 'katherine@example.com', displayName: 'Katherine', isAdmin: true, note: 'Administrator' },
];
