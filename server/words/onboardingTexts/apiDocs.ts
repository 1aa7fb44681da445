/** What the description of the API says besides its fields, and the page that shows it. */
export const apiDocs = {
  heading: 'API',
  lead: (base: string) =>
    `What other apps ask this one, under ${base}. All of it is JSON; a refusal is problem+json (RFC 9457), with a stable code and what to do.`,
  key: 'Send the key of your API client as a header: Authorization: Bearer cak_… An administrator of this app makes clients and keys.',
  document: 'The same as an OpenAPI 3.1 document',
  contents: 'Contents',
  scope: (scope: string) => `Needs the scope ${scope}`,
  anyClient: 'Needs the key of any API client',
  anybody: 'Needs no key',
  parameters: 'Parameters',
  body: 'Body',
  optionalBody: 'Body, which can be left out',
  answer: (status: string) => `Answer ${status}`,
  refusals: 'Refusals',
  refusalBody: 'What every refusal says',
  required: 'required',
  places: { path: 'in the path', query: 'in the query', header: 'header' },
  types: {
    listOf: (inner: string) => `list of ${inner}`,
    oneOf: (values: string) => `one of ${values}`,
    orNull: (inner: string) => `${inner} or null`,
    mapOf: (inner: string) => `names with ${inner}`,
    usually: (value: string) => `${value} when left out`,
    length: (least: number, most: number) => `${least} to ${most} characters`,
    atMost: (most: number) => `at most ${most} characters`,
    between: (least: number, most: number) => `${least} to ${most}`,
    entries: (least: number, most: number) => `${least} to ${most} entries`,
  },

  tags: {
    users: 'Users: ask before acting, invite, offboard',
    onboarding: 'Onboarding sessions',
    client: 'Your API client, and keys',
  },

  /** Why a request is refused, by the status of the answer. */
  statuses: {
    400: 'A part of the request can’t be used; errors names each',
    401: 'The key is missing, wrong, expired or revoked',
    403: 'Your API client may not do this',
    404: 'There is no such thing, or it is not yours',
    409: 'It can’t be done as things stand',
    413: 'The body is too large',
    415: 'The body is not plain JSON in UTF-8',
    422: 'The Idempotency-Key was used for another request',
    429: 'Too many requests; Retry-After says when to come back',
    500: 'A fault of this app; its log tells more under the reference',
    502: 'Scalekit answered in a way that this app does not know',
    503: 'Scalekit, or the database of this app, can’t be used right now; ask again later',
    504: 'Scalekit took too long; it may still do its part',
  },

  headers: {
    rateLimit: 'How many requests are left, and for how many seconds (draft-ietf-httpapi-ratelimit-headers)',
    rateLimitPolicy: 'How many requests your API client has in how many seconds',
    retryAfter: 'After how many seconds to come back',
    requestId: 'The reference of this request, to quote when you ask for help',
    challenge: 'What is missing (RFC 6750)',
  },

  identifier: 'Your own unique id of the user, percent-encoded.',
  name: 'The name of a connection, percent-encoded.',
  id: 'The id of an onboarding session of yours.',
} as const;
