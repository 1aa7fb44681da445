/** The menu of the admin pages, and what all of them share. */
export const adminLayout = {
  menu: 'Administration',
  overview: 'Overview',
  users: 'Users',
  connections: 'Connections',
  events: 'Events',
  mails: 'Mail',
  clients: 'API clients',
  ownAccounts: 'Your own accounts',
} as const;
