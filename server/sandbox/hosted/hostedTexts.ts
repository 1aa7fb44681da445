/** A page that ends a flow in the browser: its HTTP status and what it says. */
export interface Ending {
  readonly status: number;
  readonly title: string;
  readonly text: string;
}

/** The pages of Scalekit that a flow can end on. */
export const endings = {
  connected: {
    status: 200,
    title: 'Connected',
    text: 'You can close this window and go back to where you came from.',
  },
  verified: {
    status: 200,
    title: 'Verified',
    text: 'The account is connected and its user is verified. You can close this window.',
  },
  stuck: {
    status: 200,
    title: 'This window stays here',
    text: 'Simulated: the provider never sends the browser back. The account still waits for authorization.',
  },
  link_unknown: {
    status: 404,
    title: 'This link is not known',
    text: 'It may be incomplete, or the sandbox was reset since it was made. Go back and start again.',
  },
  link_expired: {
    status: 410,
    title: 'This link has expired',
    text: 'Authorization links live for a short time only. Go back and start again to get a new one.',
  },
  link_used: {
    status: 410,
    title: 'This link was already used',
    text: 'Each authorization link works once. Go back and start again to get a new one.',
  },
  account_gone: {
    status: 410,
    title: 'This account is gone',
    text: 'The connected account that this link was made for has been deleted. Go back and start again.',
  },
  connection_unavailable: {
    status: 409,
    title: 'This connection is not available',
    text: 'It was removed or disabled since the link was made. Nothing was connected.',
  },
  failed_to_exchange: {
    status: 400,
    title: 'failed_to_exchange',
    text: 'Custom user verification is on, and the link was made without a userVerifyUrl. Nothing was connected.',
  },
  access_denied: {
    status: 400,
    title: 'Access was not given',
    text: 'The provider was told not to give access. Nothing was connected.',
  },
  failed_to_exchange_token: {
    status: 502,
    title: 'The provider gave no tokens',
    text: 'The consent could not be exchanged for tokens. Nothing was connected.',
  },
  server_error: {
    status: 502,
    title: 'The provider failed',
    text: 'The provider answered with an error of its own. Nothing was connected.',
  },
  provider_refused: {
    status: 400,
    title: 'The provider did not give access',
    text: 'The provider answered with an error. Nothing was connected.',
  },
  not_scalekit_user: {
    status: 403,
    title: 'Sign in to Scalekit first',
    text: 'Only users of the Scalekit dashboard can connect accounts here, and you are not signed in to it. Nothing was connected.',
  },
  invalid_scope: {
    status: 400,
    title: 'The provider refused the scopes',
    text: 'The connection asks for scopes that the provider does not know. Nothing was connected.',
  },
} as const satisfies Record<string, Ending>;

export type EndingName = keyof typeof endings;
