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
  clientLogo: '/client-logos/:hash',
  signIn: '/sign-in',
  signInCallback: '/sign-in/callback',
  backchannelLogout: '/sign-in/backchannel-logout',
  signOut: '/sign-out',
  signOutEverywhere: '/sign-out/everywhere',
  language: '/language',
  account: '/account',
  accountMail: '/account/mail',
  unsubscribe: '/mail/unsubscribe',
  sandboxOutbox: '/sandbox-outbox',
  connections: '/connections',
  events: '/events',
  connection: '/connections/:name',
  startConnect: '/connections/:name/connect',
  openLink: '/connections/:name/flows/:flow/link',
  cancelFlow: '/connections/:name/flows/:flow/cancel',
  finishFlow: '/connections/:name/flows/:flow/finish',
  status: '/connections/:name/status',
  statusJson: '/connections/:name/status.json',
  disconnect: '/connections/:name/disconnect',
  cancelSetup: '/connections/:name/cancel-setup',
  connect: '/connect/:name',
  userVerify: '/user/verify',
  returned: '/user/returned',
  styleguide: '/styleguide',
  styleguideBrand: '/styleguide/brand',
  styleguideStatus: '/styleguide/status/:name',
  scalekitWebhooks: '/webhooks/scalekit',
} as const;

/** Where other apps ask. */
export const apiBase = '/api/v1';

/** Patterns of what other apps ask. */
export const apiRoutes = {
  ownClient: `${apiBase}/client`,
  openApi: `${apiBase}/openapi.json`,
  docs: `${apiBase}/docs`,
  connections: `${apiBase}/connections`,
  onboardingSessions: `${apiBase}/onboarding-sessions`,
  onboardingSession: `${apiBase}/onboarding-sessions/:id`,
  confirmOnboarding: `${apiBase}/onboarding-sessions/:id/confirm`,
  userConnections: `${apiBase}/users/:identifier/connections`,
  userInvitations: `${apiBase}/users/:identifier/connections/:name/invitations`,
  user: `${apiBase}/users/:identifier`,
  resultKeys: '/.well-known/jwks.json',
} as const;

/** Patterns of the pages that other apps send their users to. */
export const onboardingRoutes = {
  start: '/onboarding/start',
  continue: '/onboarding/:id/continue',
  signIn: '/onboarding/:id/sign-in',
  steps: '/onboarding/:id',
  skip: '/onboarding/:id/connections/:name/skip',
  startConnect: '/onboarding/:id/connections/:name/connect',
  openLink: '/onboarding/:id/connections/:name/flows/:flow/link',
  cancelFlow: '/onboarding/:id/connections/:name/flows/:flow/cancel',
  finishFlow: '/onboarding/:id/connections/:name/flows/:flow/finish',
  status: '/onboarding/:id/connections/:name/status',
  statusJson: '/onboarding/:id/connections/:name/status.json',
  logo: '/onboarding/:id/connections/:name/logo',
  events: '/onboarding/:id/events',
  finish: '/onboarding/:id/finish',
  leave: '/onboarding/:id/leave',
} as const;

/** Patterns of the admin pages: those that only look, and those that act, with the pages that ask before. */
export const adminRoutes = {
  overview: '/admin',
  users: '/admin/users',
  user: '/admin/users/:identifier',
  connections: '/admin/connections',
  events: '/admin/events',
  mails: '/admin/mails',
  mailSamples: '/admin/mails/samples',
  mailSample: '/admin/mails/samples/mail',
  sync: '/admin/sync',
  syncJson: '/admin/sync.json',
  readUser: '/admin/users/:identifier/read',
  mailUser: '/admin/users/:identifier/connections/:name/mail',
  linkForUser: '/admin/users/:identifier/connections/:name/link',
  disconnectUser: '/admin/users/:identifier/connections/:name/disconnect',
  signOutUser: '/admin/users/:identifier/sign-out',
  renameUser: '/admin/users/:identifier/rename',
  otherSignIn: '/admin/users/:identifier/other-sign-in',
  exportUser: '/admin/users/:identifier/export',
  eraseUser: '/admin/users/:identifier/erase',
  exportUsers: '/admin/exports/users',
  exportEvents: '/admin/exports/events',
  mailings: '/admin/mailings',
  newMailing: '/admin/mailings/new',
  mailing: '/admin/mailings/:id',
  mailingJson: '/admin/mailings/:id/progress.json',
  requireReconnect: '/admin/connections/:name/reconnect',
  activations: '/admin/activations',
  acceptActivations: '/admin/activations/accept',
  clients: '/admin/clients',
  client: '/admin/clients/:id',
  rotateClientKey: '/admin/clients/:id/rotate',
  revokeClient: '/admin/clients/:id/revoke',
  clientLogo: '/admin/clients/:id/logo',
  removeClientLogo: '/admin/clients/:id/logo/remove',
  clientWebhook: '/admin/clients/:id/webhook',
  testClientWebhook: '/admin/clients/:id/webhook/test',
  turnOnClientWebhook: '/admin/clients/:id/webhook/on',
  rotateClientWebhook: '/admin/clients/:id/webhook/rotate',
  removeClientWebhook: '/admin/clients/:id/webhook/remove',
  clientDeliveries: '/admin/clients/:id/deliveries',
  sendDeliveryAgain: '/admin/clients/:id/deliveries/:delivery/again',
} as const;

/**
 * The routes whose answers show a key, a code, a token or a sealed link. They are never compressed: the size of a
 * compressed answer that also repeats something of its address tells what else is in it (BREACH).
 */
export const routesWithSecrets = [
  adminRoutes.user,
  adminRoutes.mailSamples,
  adminRoutes.mailSample,
  adminRoutes.client,
  adminRoutes.linkForUser,
  adminRoutes.mailUser,
  adminRoutes.newMailing,
  onboardingRoutes.start,
  onboardingRoutes.continue,
  apiRoutes.onboardingSessions,
  apiRoutes.confirmOnboarding,
  apiRoutes.userConnections,
  routes.signIn,
  routes.language,
  routes.connect,
  routes.unsubscribe,
  routes.sandboxOutbox,
] as const;

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
  language: routes.language,
  account: routes.account,
  accountMail: routes.accountMail,
  accountAfterMail: `${routes.account}?saved=1`,
  // The token travels in the query, which no log has.
  unsubscribe: (token: string) => `${routes.unsubscribe}${query({ token })}`,
  sandboxOutbox: routes.sandboxOutbox,
  signInAndReturn: (returnTo: string | null) => `${routes.signIn}${query({ return_to: returnTo })}`,
  /** The sign-in that asks the provider not to take whoever is signed in there. */
  signInAsAnother: (returnTo: string | null) =>
    `${routes.signIn}${query({ return_to: returnTo, another: '1' })}`,
  connection: (name: string) => `/connections/${part(name)}`,
  startConnect: (name: string, returnTo?: string | null) =>
    `/connections/${part(name)}/connect${query({ return_to: returnTo })}`,
  listAfter: (flowId: string) => `${routes.connections}${query({ flow: flowId })}`,
  listAfterDisconnect: (name: string) => `${routes.connections}${query({ disconnected: name })}`,
  cancelSetup: (name: string) => `/connections/${part(name)}/cancel-setup`,
  openLink: (name: string, flowId: string) => `/connections/${part(name)}/flows/${part(flowId)}/link`,
  cancelFlow: (name: string, flowId: string) => `/connections/${part(name)}/flows/${part(flowId)}/cancel`,
  finishFlow: (name: string, flowId: string) => `/connections/${part(name)}/flows/${part(flowId)}/finish`,
  status: (name: string, flowId: string) => `/connections/${part(name)}/status${query({ flow: flowId })}`,
  statusJson: (name: string, flowId: string) =>
    `/connections/${part(name)}/status.json${query({ flow: flowId })}`,
  disconnect: (name: string) => `/connections/${part(name)}/disconnect`,
  connect: (name: string, options: { to?: string | null; returnTo?: string | null } = {}) =>
    `/connect/${part(name)}${query({ to: options.to, return_to: options.returnTo })}`,
  logo: (name: string) => `/logos/${part(name)}`,
  userVerify: routes.userVerify,
  returned: (problem: string) => `${routes.returned}${query({ problem })}`,
  clientLogo: (hash: string) => `/client-logos/${part(hash)}`,
  styleguide: (long = false) => `${routes.styleguide}${query({ titles: long ? 'long' : null })}`,
  styleguideBrand: routes.styleguideBrand,
  styleguideStatus: (name: string, long = false) =>
    `${routes.styleguide}/status/${part(name)}${query({ titles: long ? 'long' : null })}`,
  // Secrets travel in the query, which no log has.
  onboardingStart: (token: string) => `${onboardingRoutes.start}${query({ token })}`,
  onboardingContinue: (id: string, code: string) => `/onboarding/${part(id)}/continue${query({ code })}`,
} as const;

const stepPart = (id: string, name: string) => `/onboarding/${part(id)}/connections/${part(name)}`;

/** Whether a local path is a page of an onboarding, which only the browser that started it can open. */
export const isOnboardingPath = (path: string): boolean => path.startsWith('/onboarding/');

/** Links to the pages of an onboarding, by its id. */
export const onboardingPaths = {
  start: onboardingRoutes.start,
  continue: (id: string) => `/onboarding/${part(id)}/continue`,
  signIn: (id: string) => `/onboarding/${part(id)}/sign-in`,
  steps: (id: string) => `/onboarding/${part(id)}`,
  /** The steps, after something was done about one of them. */
  stepsAfter: (id: string, name: string) => `/onboarding/${part(id)}${query({ after: name })}`,
  /** The steps, after an attempt to finish before all that is required is connected. */
  stepsUnfinished: (id: string) => `/onboarding/${part(id)}${query({ unfinished: '1' })}`,
  skip: (id: string, name: string) => `${stepPart(id, name)}/skip`,
  startConnect: (id: string, name: string) => `${stepPart(id, name)}/connect`,
  openLink: (id: string, name: string, flowId: string) => `${stepPart(id, name)}/flows/${part(flowId)}/link`,
  cancelFlow: (id: string, name: string, flowId: string) =>
    `${stepPart(id, name)}/flows/${part(flowId)}/cancel`,
  finishFlow: (id: string, name: string, flowId: string) =>
    `${stepPart(id, name)}/flows/${part(flowId)}/finish`,
  status: (id: string, name: string, flowId: string) =>
    `${stepPart(id, name)}/status${query({ flow: flowId })}`,
  statusJson: (id: string, name: string, flowId: string) =>
    `${stepPart(id, name)}/status.json${query({ flow: flowId })}`,
  logo: (id: string, name: string) => `${stepPart(id, name)}/logo`,
  events: (id: string) => `/onboarding/${part(id)}/events`,
  finish: (id: string) => `/onboarding/${part(id)}/finish`,
  leave: (id: string) => `/onboarding/${part(id)}/leave`,
} as const;

const userPart = (identifier: string) => `${adminRoutes.users}/${part(identifier)}`;
const pairPart = (identifier: string, name: string) => `${userPart(identifier)}/connections/${part(name)}`;

/** Links to the admin pages. */
export const adminPaths = {
  overview: adminRoutes.overview,
  users: (filter: Readonly<Record<string, string | null | undefined>> = {}) =>
    adminRoutes.users + query(filter),
  user: (identifier: string) => userPart(identifier),
  connections: adminRoutes.connections,
  events: (filter: Readonly<Record<string, string | null | undefined>> = {}) =>
    adminRoutes.events + query(filter),
  mails: (state: string | null = null, before?: string) => adminRoutes.mails + query({ state, before }),
  mailSamples: (kind: string | null = null, language: string | null = null) =>
    adminRoutes.mailSamples + query({ kind, language }),
  mailSample: (kind: string, language: string | null = null) =>
    adminRoutes.mailSample + query({ kind, language }),
  sync: adminRoutes.sync,
  syncJson: adminRoutes.syncJson,
  readUser: (identifier: string) => `${userPart(identifier)}/read`,
  mailUser: (identifier: string, name: string) => `${pairPart(identifier, name)}/mail`,
  linkForUser: (identifier: string, name: string) => `${pairPart(identifier, name)}/link`,
  disconnectUser: (identifier: string, name: string) => `${pairPart(identifier, name)}/disconnect`,
  signOutUser: (identifier: string) => `${userPart(identifier)}/sign-out`,
  renameUser: (identifier: string) => `${userPart(identifier)}/rename`,
  otherSignIn: (identifier: string) => `${userPart(identifier)}/other-sign-in`,
  exportUser: (identifier: string) => `${userPart(identifier)}/export`,
  eraseUser: (identifier: string) => `${userPart(identifier)}/erase`,
  exportUsers: (filter: Readonly<Record<string, string | null | undefined>> = {}) =>
    adminRoutes.exportUsers + query(filter),
  exportEvents: (filter: Readonly<Record<string, string | null | undefined>> = {}) =>
    adminRoutes.exportEvents + query(filter),
  mailings: (before?: string) => adminRoutes.mailings + query({ before }),
  newMailing: (filter: Readonly<Record<string, string | null | undefined>> = {}) =>
    adminRoutes.newMailing + query(filter),
  mailing: (id: string, list: { outcome?: string | null; after?: string } = {}) =>
    `/admin/mailings/${part(id)}${query(list)}`,
  mailingJson: (id: string) => `/admin/mailings/${part(id)}/progress.json`,
  requireReconnect: (name: string) => `${adminRoutes.connections}/${part(name)}/reconnect`,
  activations: (filter: Readonly<Record<string, string | null | undefined>> = {}) =>
    adminRoutes.activations + query(filter),
  acceptActivations: (filter: Readonly<Record<string, string | null | undefined>> = {}) =>
    adminRoutes.acceptActivations + query(filter),
  clients: adminRoutes.clients,
  client: (id: string) => `${adminRoutes.clients}/${part(id)}`,
  clientAfterChange: (id: string) => `${adminRoutes.clients}/${part(id)}?saved=1`,
  rotateClientKey: (id: string) => `${adminRoutes.clients}/${part(id)}/rotate`,
  revokeClient: (id: string) => `${adminRoutes.clients}/${part(id)}/revoke`,
  clientLogo: (id: string) => `${adminRoutes.clients}/${part(id)}/logo`,
  removeClientLogo: (id: string) => `${adminRoutes.clients}/${part(id)}/logo/remove`,
  clientWebhook: (id: string) => `${adminRoutes.clients}/${part(id)}/webhook`,
  testClientWebhook: (id: string) => `${adminRoutes.clients}/${part(id)}/webhook/test`,
  turnOnClientWebhook: (id: string) => `${adminRoutes.clients}/${part(id)}/webhook/on`,
  rotateClientWebhook: (id: string) => `${adminRoutes.clients}/${part(id)}/webhook/rotate`,
  removeClientWebhook: (id: string) => `${adminRoutes.clients}/${part(id)}/webhook/remove`,
  clientDeliveries: (id: string, state: string | null = null, before?: string) =>
    `${adminRoutes.clients}/${part(id)}/deliveries${query({ state, before })}`,
  sendDeliveryAgain: (id: string, delivery: string) =>
    `${adminRoutes.clients}/${part(id)}/deliveries/${part(delivery)}/again`,
} as const;
