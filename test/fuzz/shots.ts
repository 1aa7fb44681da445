import fc from 'fast-check';
import type { JsonSchema } from '../../server/api/openApiTypes.js';
import type { RegisteredRoute } from '../support/appRoutes.js';
import { nearly } from './schemaValues.js';
import {
  allMarkup,
  encoded,
  hostileHeader,
  hostileName,
  hostilePart,
  hostileText,
  hostileValue,
  mark,
  markInPath,
} from './values.js';

/** What stands for something of whoever asks, which is put in when a request is sent: sessions end on the way. */
export const stands = {
  csrf: 'ZQOWNCSRF',
  onboarding: 'ZQOWNONBOARDING',
  start: 'ZQOWNSTART',
  startCsrf: 'ZQOWNFORM',
  flow: 'ZQOWNFLOW',
  state: 'ZQOWNSTATE',
  authRequest: 'ZQOWNAUTHREQUEST',
  link: 'ZQOWNLINK',
  code: 'ZQOWNCODE',
} as const;
export const anyStand = /ZQOWN[A-Z]+/g;

export const people = ['nobody', 'user', 'admin', 'onboarding', 'client', 'wrong key'] as const;
export type Person = (typeof people)[number];

/** How the bytes of a body are sent. */
const framings = ['whole', 'chunked', 'cut off', 'too short', 'a broken chunk'] as const;
type Framing = (typeof framings)[number];

/** What is said to be the coding of a body, and what it is. */
const codings = ['none', 'gzip', 'not gzip', 'cut gzip', 'a bomb', 'unknown'] as const;
type Coding = (typeof codings)[number];

export interface Body {
  readonly type: string | null;
  /** In UTF-8; or a character for each byte. */
  readonly text: string;
  readonly isBinary: boolean;
  readonly framing: Framing;
  readonly coding: Coding;
  /** Whether it is signed as Scalekit signs a webhook. */
  readonly signed: boolean;
}

/** One request, whatever is wrong with it. */
export interface Shot {
  readonly who: Person;
  readonly method: string;
  /** The path and the query, as they are sent. */
  readonly target: string;
  /** What the cookies of whoever asks are put between, or null for those alone. */
  readonly cookies: readonly [string, string] | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Body | null;
}

/** What is known of a route from the pages and descriptions of the app itself. */
export interface Known {
  /** Paths to it that were seen, as they are sent. */
  readonly paths: readonly string[];
  /** Values that a part of its path has had, by name. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
  /** The values that its parameters in a query have had. */
  readonly query: Readonly<Record<string, readonly string[]>>;
  /** The same of parameters that only other sites send, to whatever route. */
  readonly foreign: Readonly<Record<string, readonly string[]>>;
  /** The fields of its forms, with what they would send. */
  readonly fields: Readonly<Record<string, string>>;
  /** What a body of JSON is to fit, or null. */
  readonly schema: JsonSchema | null;
  readonly takes: 'form' | 'json' | 'file' | 'webhook';
}

const rarely = <Value, Otherwise>(
  arbitrary: fc.Arbitrary<Value>,
  otherwise: Otherwise,
  weight = 10,
): fc.Arbitrary<Value | Otherwise> =>
  fc.oneof(
    { weight: 80, arbitrary: fc.constant(otherwise) as fc.Arbitrary<Value | Otherwise> },
    { weight, arbitrary },
  );

/** A value that was seen, as it is sent; another where none was. */
const seen = (values: readonly string[], otherwise: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  values.length === 0 ? otherwise : fc.constantFrom(...values).map(encoded);

function pathTo(path: string, { paths, parts }: Known): fc.Arbitrary<string> {
  const made = path.split('/').map((part) => {
    const name = /^:(\w+)$/.exec(part)?.[1];
    if (name === undefined)
      return rarely(fc.constantFrom(part.toUpperCase(), `${part}/`, `${part}%20`), part, 2);
    return fc.oneof(
      { weight: 4, arbitrary: seen(parts[name] ?? [], hostilePart) },
      { weight: 1, arbitrary: hostilePart },
    );
  });
  const composed = fc.tuple(...made).map((all) => all.join('/'));
  return paths.length === 0 ? composed : fc.oneof(fc.constantFrom(...paths), composed);
}

/** Ways to write the name of a parameter or a field. */
const spelled = (name: string): fc.Arbitrary<string> =>
  rarely(
    fc.constantFrom(
      `${name}[]`,
      `${name}[x]`,
      `${name}[__proto__][x]`,
      `${name}.x`,
      name.toUpperCase(),
      `%00${name}`,
    ),
    name,
  );

function pairsOf({ query, foreign }: Pick<Known, 'query' | 'foreign'>, most: number): fc.Arbitrary<string> {
  const known = { ...foreign, ...query };
  const own = Object.keys(query);
  // Those of its own come more often.
  const names = [...own, ...own, ...own, ...own, ...own, ...Object.keys(foreign)];
  const pair = fc.oneof(
    {
      weight: names.length === 0 ? 0 : 16,
      arbitrary: fc
        .constantFrom(...names, '_')
        .chain((name) =>
          fc
            .tuple(
              spelled(name),
              fc.oneof(
                { weight: 1, arbitrary: seen(known[name] ?? [], hostileValue) },
                { weight: 1, arbitrary: hostileValue },
              ),
            )
            .map(([written, value]) => `${written}=${value}`),
        ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(hostileName.map(encoded), hostileValue).map(([name, value]) => `${name}=${value}`),
    },
    { weight: 1, arbitrary: fc.constantFrom('', '=', 'a', '&&', `${mark}=`) },
  );
  return fc.array(pair, { maxLength: most }).map((pairs) => pairs.join('&'));
}

/** A form that is filled in: each field as its page has it, or otherwise, or left out, or several times. */
function formOf(fields: Known['fields']): fc.Arbitrary<string> {
  const each = Object.entries(fields).map(([name, value]) => {
    const asShown = `${encoded(name)}=${encoded(value)}`;
    if (name === '_csrf')
      return rarely(
        fc.constantFrom('', '_csrf=', `_csrf=${mark}`, `${asShown}&${asShown}`, '_csrf[]=x'),
        asShown,
        7,
      );
    const other = hostileValue.map((text) => `${encoded(name)}=${text}`);
    const twice = hostileValue.map((text) => `${asShown}&${encoded(name)}=${text}`);
    const odd = fc.tuple(spelled(name), hostileValue).map(([written, text]) => `${written}=${text}`);
    return fc.oneof(
      { weight: 10, arbitrary: fc.constant(asShown) },
      { weight: 8, arbitrary: other },
      { weight: 1, arbitrary: twice },
      { weight: 1, arbitrary: odd },
      { weight: 1, arbitrary: fc.constant('') },
    );
  });
  const more = rarely(pairsOf({ query: {}, foreign: {} }, 25), '');
  return fc.tuple(...each, more).map((parts) => parts.filter((part) => part !== '').join('&'));
}

const jsonText = (schema: JsonSchema | null): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: nearly(schema ?? {}).map((value) => JSON.stringify(value) ?? '') },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '',
        'null',
        '[]',
        '"x"',
        '{',
        '{}x',
        '\uFEFF{}',
        '['.repeat(20_000),
        '{"a":'.repeat(5_000),
        `{"identifier":"\\ud800${mark}"}`,
        `{"identifier":"${mark}\\u0000"}`,
        `{"__proto__":{"identifier":"${mark}"}}`,
        `{"identifier":"a","identifier":{"x":"${mark}"}}`,
        `{"connections":[${'{},'.repeat(3000)}{}]}`,
        '1e99999',
        `{"limit":1e99999}`,
        `{"metadata":{${Array.from({ length: 3000 }, (_one, index) => `"k${index}":"${mark}"`).join()}}}`,
      ),
    },
  );

const png = `\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\b\x06\0\0\0\x1f\x15\xc4\x89`;
const svg = (inside: string) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">${inside}</svg>`;
const fileTexts = [
  png,
  png.slice(0, 9),
  svg('<circle r="4"/>'),
  svg(`<script>${mark}</script>`),
  svg(`<image href="https://${mark}.example/x"/>`),
  svg('<g>'.repeat(3000)),
  `<!DOCTYPE svg [<!ENTITY a "${mark}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${svg('<text>&b;</text>')}`,
  '',
  'GIF89a',
  'x'.repeat(300_000),
];

const oddLine = hostileText.map((text) =>
  Buffer.from(text.replace(/[\r\n]/g, ' '), 'utf8').toString('latin1'),
);

/** A form with a file, whose parts and borders may be broken. */
const uploads: fc.Arbitrary<{ type: string; text: string }> = fc
  .record({
    file: fc.oneof(
      fc.constantFrom(...fileTexts),
      fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text).toString('latin1')),
    ),
    name: rarely(oddLine, 'logo.png', 30),
    field: rarely(oddLine, 'logo'),
    fileType: rarely(oddLine, 'image/png', 20),
    border: rarely(fc.constantFrom('', 'x'.repeat(300), 'a b', '"', `${mark}`), 'zqborder', 6),
    said: rarely(
      fc.constantFrom(
        '',
        '; boundary',
        '; boundary=',
        '; boundary=other',
        '; boundary="',
        '; charset=klingon; boundary=zqborder',
      ),
      null,
    ),
    broken: rarely(
      fc.constantFrom('no end', 'no head', 'no blank line', 'many parts', 'a border alone', 'a nested part'),
      null,
      20,
    ),
  })
  .map(({ file, name, field, fileType, border, said, broken }) => {
    const part = (head: string, body: string) => `--${border}\r\n${head}\r\n\r\n${body}\r\n`;
    const ofToken = part('Content-Disposition: form-data; name="_csrf"', stands.csrf);
    const ofFile = part(
      `Content-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: ${fileType}`,
      file,
    );
    const end = `--${border}--\r\n`;
    const texts: Record<string, string> = {
      'no end': ofToken + ofFile.slice(0, -9),
      'no head': `${ofToken}--${border}\r\n\r\nx\r\n${end}`,
      'no blank line': `${ofToken}--${border}\r\nContent-Disposition: form-data; name="logo"; filename="x"`,
      'many parts':
        ofToken +
        ofFile.repeat(3) +
        part('Content-Disposition: form-data; name="__proto__"', mark).repeat(30) +
        end,
      'a border alone': end,
      'a nested part': `${ofToken}${part('Content-Disposition: form-data; name="logo"\r\nContent-Type: multipart/mixed; boundary=zq', '--zq\r\n\r\nx\r\n--zq--')}${end}`,
    };
    return {
      type: `multipart/form-data${said ?? `; boundary=${border}`}`,
      text: texts[broken ?? ''] ?? ofToken + ofFile + end,
    };
  });

const webhookSchema: JsonSchema = {
  type: 'object',
  properties: Object.fromEntries(
    ['id', 'spec_version', 'environment_id', 'object', 'occurred_at'].map((name) => [
      name,
      { type: 'string', examples: ['evt_1', '2026-08-01T10:00:00.000000001Z', '2026-08-01T10:00:00Z'] },
    ]),
  ),
};
const webhookData: JsonSchema = {
  type: 'object',
  properties: {
    ...Object.fromEntries(
      ['id', 'connection_id', 'provider', 'authorization_type', 'token_expires_at', 'last_used_at'].map(
        (name) => [name, { type: 'string', examples: ['ca_1', '2026-08-01T10:00:00Z'] }],
      ),
    ),
    identifier: { type: 'string', examples: ['ada@example.com', 'grace@example.com'] },
    connection_name: { type: 'string', examples: ['gmail', 'slack'] },
    status: {
      enum: ['ACTIVE', 'EXPIRED', 'PENDING_AUTH', 'DISCONNECTED', 'PENDING', 'REVOKED', 'constructor'],
    },
    old_status: { enum: ['ACTIVE', 'EXPIRED', '__proto__'] },
  },
  required: ['id', 'identifier', 'connection_name', 'status'],
};
const event: JsonSchema = {
  ...webhookSchema,
  properties: {
    ...webhookSchema.properties,
    type: {
      enum: [
        'created',
        'updated',
        'status_updated',
        'deleted',
        'oauth_succeeded',
        'token_refresh_failed',
        'x',
      ].map((type) => `connected_account.${type}`),
    },
    data: webhookData,
  },
  required: ['id', 'type', 'occurred_at', 'data'],
};

interface Content {
  readonly type: string;
  readonly text: string;
  readonly isBinary: boolean;
  readonly signed: boolean;
}

const urlencoded = 'application/x-www-form-urlencoded';
const inWords = { isBinary: false, signed: false };

function contentOf({ takes, fields, schema }: Known): fc.Arbitrary<Content> {
  const form = formOf(fields).map((text) => ({ type: urlencoded, text, ...inWords }));
  const json = jsonText(schema).map((text) => ({ type: 'application/json', text, ...inWords }));
  const file = uploads.map((sent) => ({ ...sent, isBinary: true, signed: false }));
  const webhook = fc
    .tuple(jsonText(event), fc.boolean(), fc.boolean())
    .map(([text, one, other]) => ({ type: 'application/json', text, isBinary: false, signed: one || other }));
  const all = { form, json, file, webhook };
  const huge = fc.constantFrom(17 * 1024, 70 * 1024, 400 * 1024).map((length) => ({
    type: takes === 'json' ? 'application/json' : urlencoded,
    text: `a=${'x'.repeat(length)}`,
    ...inWords,
  }));
  const bytes = fc
    .string({ unit: 'binary', maxLength: 200 })
    .map((text) => ({ type: 'text/plain', text, ...inWords }));
  return fc.oneof(
    { weight: 28, arbitrary: all[takes] },
    { weight: 2, arbitrary: fc.oneof(form, json, file) },
    { weight: 1, arbitrary: huge },
    { weight: 1, arbitrary: bytes },
  );
}

const charsets = ['utf-16', 'klingon', '"', '', 'utf-8; charset=latin1', 'x'.repeat(200), mark];

const bodyOf = (known: Known): fc.Arbitrary<Body> =>
  fc
    .record({
      content: contentOf(known),
      type: rarely(
        fc.oneof(
          fc.constantFrom(...charsets).map((charset) => (own: string) => `${own}; charset=${charset}`),
          fc
            .constantFrom('', '/', 'x', 'text/xml', 'application/json', 'application/x-www-form-urlencoded')
            .map((other) => () => other),
          fc.constant(() => null),
          hostileHeader.map((other) => () => other),
        ),
        (own: string): string | null => own,
        12,
      ),
      framing: rarely(fc.constantFrom(...framings), 'whole' as const),
      coding: rarely(fc.constantFrom(...codings), 'none' as const, 6),
    })
    .map(({ content, type, framing, coding }) => ({ ...content, type: type(content.type), framing, coding }));

const header = (name: string, values: readonly string[]) =>
  fc
    .oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: hostileHeader })
    .map((value) => [name, value] as const);

const inApp =
  'Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Version/4.0 Chrome/120 Mobile Instagram 300.0';
const locals = ['http://127.0.0.1', 'http://[::1]:1'];

/** Headers that the app or what it stands on reads. */
const headers: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  header('Accept', [
    'text/html',
    'application/json',
    '*/*',
    'text/html;q=0, */*;q=2',
    'x',
    ',,,',
    'application/problem+json',
  ]),
  header('Accept-Language', [
    'de',
    'ar;q=0.1,ja',
    '*',
    'x-klingon',
    'en-'.repeat(400),
    ';q=',
    'en;q=NaN',
    '__proto__',
    'constructor, *;q=0',
  ]),
  header('Accept-Encoding', ['br', 'gzip', 'br;q=0, gzip;q=0', 'identity;q=0', '*;q=0', 'x', 'deflate']),
  header('If-None-Match', ['*', 'W/"x"', '"', `"${mark}`]),
  header('If-Modified-Since', ['Thu, 01 Jan 1970 00:00:00 GMT', '0', 'x', '9'.repeat(100)]),
  header('Range', ['bytes=0-0', 'bytes=-1', 'bytes=9999999-', 'bytes=0-0,0-0,0-0', 'bytes=', 'x=0-1']),
  header('Host', [
    '',
    'localhost',
    `${mark}.example`,
    '127.0.0.1:99999',
    '[::1',
    'a b',
    '127.0.0.1@evil.example',
  ]),
  header('X-Forwarded-For', ['1.2.3.4', '1.2.3.4, ::1, x', '::ffff:1.2.3.4', 'unknown', ','.repeat(300)]),
  header('X-Forwarded-Proto', ['https', 'http', 'https,http', 'javascript', mark]),
  header('X-Forwarded-Host', [`${mark}.example`, 'localhost', ',']),
  header('X-Forwarded-Prefix', [`/${mark}`]),
  header('Forwarded', [`for=${mark};host=${mark}.example;proto=https`]),
  header('Cookie', [
    '',
    '=',
    ';;;',
    'connect=s%3A',
    'connect=s:x.y; connect=s:x.z',
    `connect=${mark}`,
    'connect-form=',
    'connect-language=__proto__.1',
    'connect-language=de.NaN',
    '__proto__=x; constructor=y',
    'a'.repeat(3000),
  ]),
  header('Authorization', [
    `Bearer ${mark}`,
    'Bearer',
    'Bearer  ',
    `Basic ${mark}`,
    `bearer cak_${mark}`,
    `Bearer ${'x'.repeat(4000)}`,
  ]),
  header('User-Agent', ['', inApp, 'x'.repeat(2000), `${inApp} ${mark}~<b>`]),
  header('Referer', [
    ...locals.map((origin) => `${origin}/connections?${mark}~<b>`),
    `https://${mark}.example/`,
    'x',
    '//',
    'javascript:1',
  ]),
  header('Origin', ['null', `https://${mark}.example`, ...locals]),
  header('Sec-Fetch-Site', ['cross-site', 'same-origin', 'x']),
  header('Sec-Fetch-Mode', ['navigate', 'cors']),
  header('X-HTTP-Method-Override', ['DELETE', 'GET']),
  header('X-Requested-With', ['XMLHttpRequest']),
  header('Idempotency-Key', ['x', 'x'.repeat(300), mark, '', ' ']),
  header('Last-Event-ID', ['1', mark]),
  header('Expect', ['100-continue', 'x']),
  header('TE', ['trailers']),
  header('Upgrade', ['h2c', 'websocket']),
  header('Content-Length', ['0', '5', '-1', 'x', '99999999999999999999']),
  header('Transfer-Encoding', ['chunked', 'gzip', 'chunked, chunked', 'identity']),
  header('webhook-id', ['x', mark, 'x'.repeat(300)]),
  header('webhook-timestamp', ['0', 'x', '1e999']),
  header('webhook-signature', ['v1,', `v1,${mark}`, ',,,', 'v1,x v1,y']),
  header('identifier', ['ada@example.com']),
  header('connection_name', ['gmail']),
  header('traceparent', ['00-0-0-00', mark]),
);

const methods = [
  'HEAD',
  'OPTIONS',
  'PUT',
  'PATCH',
  'DELETE',
  'TRACE',
  'POST',
  'GET',
  'QUERY',
  'PROPFIND',
  'PURGE',
  'get',
  'ZQ',
  'CONNECT',
];

function likely({ path }: RegisteredRoute): Person {
  if (/^\/(?:api|proxy)\//.test(path)) return 'client';
  if (path.startsWith('/admin')) return 'admin';
  if (path.startsWith('/onboarding')) return 'onboarding';
  if (path.startsWith('/sign-in')) return 'nobody';
  return 'user';
}

const cookies = fc
  .tuple(hostileHeader, hostileHeader)
  .map(([before, after]): readonly [string, string] => [
    `${before}; `,
    `; connect=${after}; connect-form=${after}`,
  ]);

/** Requests to a route: mostly of somebody who may, and with little wrong at a time. */
export function shotsAt(route: RegisteredRoute, known: Known): fc.Arbitrary<Shot> {
  const reads = route.method === 'GET' || route.method === 'HEAD';
  return fc.record({
    who: rarely(fc.constantFrom(...people), likely(route), 30),
    method: rarely(fc.constantFrom(...methods), route.method, 6),
    target: fc
      .tuple(pathTo(route.path, known), reads ? pairsOf(known, 4) : rarely(pairsOf(known, 3), ''))
      .map(([path, query]) => (query === '' ? path : `${path}?${query}`)),
    cookies: rarely(cookies, null, 5),
    headers: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(headers, { maxLength: 3 }) },
    ),
    body: fc.oneof(
      { weight: reads ? 16 : 1, arbitrary: fc.constant(null) },
      { weight: reads ? 1 : 16, arbitrary: bodyOf(known) },
    ),
  });
}

const plainBody = { isBinary: false, framing: 'whole', coding: 'none', signed: false } as const;

/** Whether what was seen is an address, so that its place may lead somewhere. */
const leads = (value: string | undefined) => /^(?:\/|https?:)/.test(value ?? '');
const away = `//${mark}.example/x`;

/**
 * Requests to a route that are as its pages would send them, but for one part of the path, one parameter or one field each: it is
 * markup, leads away where an address belongs, or comes twice.
 */
export function oneWrongEach(route: RegisteredRoute, known: Known): Shot[] {
  const { paths, parts, query, foreign, fields, takes } = known;
  const inPath = encoded(allMarkup.replaceAll(mark, markInPath));
  const pathWith = (wrong: string | null) =>
    route.path.replace(/:(\w+)/g, (_part, name: string) =>
      name === wrong ? inPath : encoded(parts[name]?.[0] ?? 'x'),
    );
  const usual = paths[0] ?? pathWith(null);
  const sendsForm = route.method === 'POST' && takes === 'form';
  const shot = (target: string, form = new URLSearchParams(fields)): Shot => ({
    who: likely(route),
    method: route.method,
    target,
    cookies: null,
    headers: [],
    body: sendsForm ? { ...plainBody, type: urlencoded, text: form.toString() } : null,
  });
  const wrongFor = (value: string | undefined) =>
    leads(value) ? [allMarkup, away, `https:${away}`] : [allMarkup];
  const ofQuery = Object.entries(query).flatMap(([name, [value]]) => [
    ...wrongFor(value).map((wrong) => `${encoded(name)}=${encoded(wrong)}`),
    `${encoded(name)}=x&${encoded(name)}=${encoded(value ?? '')}`,
  ]);
  const elsewhere = Object.entries(foreign).flatMap(([name, [value]]) =>
    route.method === 'GET' && leads(value) ? [`${encoded(name)}=${encoded(away)}`] : [],
  );
  const ofForm = Object.entries(sendsForm ? fields : {}).flatMap(([name, value]) =>
    name === '_csrf'
      ? []
      : [
          ...wrongFor(value).map((wrong) => new URLSearchParams({ ...fields, [name]: wrong })),
          new URLSearchParams([...Object.entries(fields), [name, value]]),
        ],
  );
  return [
    ...Object.keys(parts).map((name) => shot(pathWith(name))),
    ...[...ofQuery, ...elsewhere].map((asked) => shot(`${usual}?${asked}`)),
    ...ofForm.map((form) => shot(usual, form)),
  ];
}
