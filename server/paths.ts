/** Every URL path of the app, as patterns for routes and as makers for links. */

const part = encodeURIComponent;

/** Patterns that routes are registered with. */
export const routes = {
  home: '/',
  healthz: '/healthz',
  readyz: '/readyz',
  metrics: '/metrics',
  robots: '/robots.txt',
  favicon: '/favicon.ico',
  assets: '/assets',
  logo: '/logos/:name',
  operatorLogo: '/operator-logo',
  signIn: '/sign-in',
  signInCallback: '/sign-in/callback',
  signOut: '/sign-out',
  signOutEverywhere: '/sign-out/everywhere',
  account: '/account',
  accountMail: '/account/mail',
  sandboxOutbox: '/sandbox-outbox',
  connections: '/connections',
  events: '/connections/events',
  startConnect: '/connections/:name/connect',
  openLink: '/connections/:name/flows/:flow/link',
  cancelFlow: '/connections/:name/flows/:flow/cancel',
  status: '/connections/:name/status',
  statusJson: '/connections/:name/status.json',
  disconnect: '/connections/:name/disconnect',
  connect: '/connect/:name',
  userVerify: '/user/verify',
  scalekitWebhooks: '/webhooks/scalekit',
} as const;

function query(values: Readonly<Record<string, string | null | undefined>>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined) search.set(key, value);
  }
  return search.size === 0 ? '' : `?${search}`;
}

/** Links to those routes. Names and ids are encoded here and nowhere else. */
export const paths = {
  home: routes.home,
  connections: routes.connections,
  events: routes.events,
  signIn: routes.signIn,
  signInCallback: routes.signInCallback,
  signOut: routes.signOut,
  signOutEverywhere: routes.signOutEverywhere,
  account: routes.account,
  accountMail: routes.accountMail,
  accountAfterMail: `${routes.account}?saved=1`,
  sandboxOutbox: routes.sandboxOutbox,
  signInAndReturn: (returnTo: string | null) => `${routes.signIn}${query({ return_to: returnTo })}`,
  /** The sign-in that asks the provider not to take whoever is signed in there. */
  signInAsAnother: (returnTo: string | null) =>
    `${routes.signIn}${query({ return_to: returnTo, another: '1' })}`,
  startConnect: (name: string, returnTo?: string | null) =>
    `/connections/${part(name)}/connect${query({ return_to: returnTo })}`,
  listAfter: (flowId: string) => `${routes.connections}${query({ flow: flowId })}`,
  listAfterDisconnect: (name: string) => `${routes.connections}${query({ disconnected: name })}`,
  openLink: (name: string, flowId: string) => `/connections/${part(name)}/flows/${part(flowId)}/link`,
  cancelFlow: (name: string, flowId: string) => `/connections/${part(name)}/flows/${part(flowId)}/cancel`,
  status: (name: string, flowId: string) => `/connections/${part(name)}/status${query({ flow: flowId })}`,
  statusJson: (name: string, flowId: string) =>
    `/connections/${part(name)}/status.json${query({ flow: flowId })}`,
  disconnect: (name: string) => `/connections/${part(name)}/disconnect`,
  connect: (name: string, options: { to?: string | null; returnTo?: string | null } = {}) =>
    `/connect/${part(name)}${query({ to: options.to, return_to: options.returnTo })}`,
  logo: (name: string) => `/logos/${part(name)}`,
  userVerify: routes.userVerify,
  operatorLogo: routes.operatorLogo,
} as const;
