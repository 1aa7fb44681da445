/** Which answers show something of the requests that they are to, and why. A page shows it escaped, and JSON as JSON does. */
const shown: readonly (readonly [route: RegExp, why: string])[] = [
  [/^\w+ \/api\/v1\//, 'JSON: the user who was asked for, and fields and names that do not fit'],
  [
    /^(?:GET|POST) \/admin\/users\/:identifier/,
    'the user whom the page is about, and the addresses of its forms',
  ],
  [
    /^POST \/admin\/clients$|^\w+ \/admin\/clients\/:id/,
    'fields that were filled in wrongly, and the way back to the client',
  ],
  [/^GET \/admin\/(?:users|events|mails|mailings\/new|activations)$/, 'what was searched for, in its field'],
  [
    /^(?:GET|POST) \/admin\/(?:exports\/(?:users|events)|mailings\/new|activations\/accept)$/,
    'what the question is about',
  ],
  [/^GET \/admin\/(?:mails|mailings\/:id|clients\/:id\/deliveries)/, 'the addresses of its own filters'],
  [/^POST \/admin\/connections\/:name\/reconnect$/, 'the field that was filled in wrongly'],
  [/^POST \/sign-in$/, 'the field that was filled in wrongly'],
  [/^GET \/sign-in$/, 'where its form leads afterwards'],
  [/^(?:GET|POST) \/mail\/unsubscribe$/, 'the address that its form goes to, which is its own'],
  [/^GET \/onboarding\/:id\/continue$/, 'the address that its form goes to'],
  [
    /^GET \/(?:connect\/:name|connections(?:\/:name(?:\/status)?)?|onboarding\/.*)$/,
    'its own address, to be opened outside another app',
  ],
  [/^GET \/language$/, 'where its form leads afterwards'],
  [/^\w+ \/sandbox\/api\//, 'JSON: fields that do not fit'],
  [/^\w+ \/sandbox/, 'what was searched for, and fields that do not fit'],
  [/^\w+ \/magicLink\//, 'what a provider was made to say'],
];

/** Of the app that is below one. */
const basePath = '/apps/connect';

/** What a place showed that it has no reason to. */
export const shownWithoutReason = (echoes: ReadonlyMap<string, string>): [string, string][] =>
  [...echoes].filter(([route]) => !shown.some(([pattern]) => pattern.test(route.replace(basePath, ''))));
