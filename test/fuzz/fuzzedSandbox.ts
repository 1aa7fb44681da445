import { z } from 'zod';
import type { JsonSchema } from '../../server/api/openApiTypes.js';
import * as input from '../../server/sandbox/control/controlInput.js';
import { createHttpApp, type HttpAppParts } from '../../server/sandbox/httpApp.js';
import { createSandbox, type Sandbox } from '../../server/sandbox/sandbox.js';
import { createSdkGateway } from '../../server/scalekit/sdkGateway.js';
import { Client } from '../compare/client.js';
import { type RegisteredRoute, routesOf } from '../support/appRoutes.js';
import type { WireAnswer } from './exchange.js';
import { FuzzedPlace, type Player, stranger } from './fuzzedPlace.js';
import { Knowledge } from './known.js';
import { stands } from './shots.js';

const grace = { connectionName: 'gmail', identifier: 'grace@example.com' };
const secret = { clientId: 'sandbox', clientSecret: 'sandbox' };

/** What the bodies of the control's API are to fit. */
const inputs: Readonly<Record<string, z.ZodType>> = {
  accounts: input.accountInput,
  ...Object.fromEntries(
    ['expire', 'refresh', 'revoke', 'activate', 'delete'].map((action) => [
      `accounts/${action}`,
      input.accountKey,
    ]),
  ),
  connections: input.connectionInput,
  settings: input.settingsInput,
  faults: input.faultInput,
  'consents/faults': input.consentFaultInput,
  webhooks: input.webhookInput,
  'webhooks/emit': input.emitInput,
  'webhooks/faults': input.webhookFaultInput,
  events: input.eventLogInput,
  'events/forget': input.forgetEventsInput,
};

const schemaOf = (path: string): JsonSchema | null => {
  const schema = inputs[path.replace('/sandbox/api/', '')];
  return schema === undefined
    ? null
    : (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema);
};

/** Where it hands on what a provider says; that is no route. */
const proxied = ['/proxy/:rest', '/proxy/gmail/v1/users/me/profile', '/proxy//', '/proxy//:rest'];

/** What is asked of an app that is only built, and never asked. */
const routesOfSandbox = (): RegisteredRoute[] => [
  ...routesOf(createHttpApp({ control: {} } as HttpAppParts)),
  ...proxied.flatMap((path) => ['GET', 'POST'].map((method) => ({ method, path }))),
];

/** Whether a link was used up, or forgotten, by an answer to whoever has it. */
const isUsed = ({ status, headers }: WireAnswer): boolean =>
  status === 303
    ? headers.get('location')?.[0]?.startsWith('/sandbox') === false
    : [404, 410].includes(status) && headers.get('content-type')?.[0]?.startsWith('text/html') === true;

/** Undoes what may rightly keep a later request waiting. */
function tidy({ control }: Sandbox): void {
  control.clearFaults();
  control.clearConsentFaults();
  control.clearWebhookFaults();
  control.setSlowProvider(0);
  control.setWebhook(null);
}

async function tokenOf(sandbox: Sandbox): Promise<string> {
  const body = {
    grant_type: 'client_credentials',
    client_id: secret.clientId,
    client_secret: secret.clientSecret,
  };
  const answer = await fetch(`${sandbox.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(body),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Starts the sandbox alone, with links to consent at. */
export async function startFuzzedSandbox(): Promise<FuzzedPlace> {
  const faults: string[] = [];
  const error = (details: { err?: Error }, message: string) =>
    void faults.push(JSON.stringify({ level: 50, message, stack: details.err?.stack }));
  const sandbox = await createSandbox({ slowProviderMs: 0, logger: { error } });
  const routes = routesOfSandbox();
  const knowledge = new Knowledge(routes, {}, schemaOf);
  knowledge.learn(`/magicLink/${stands.link}`);
  knowledge.learn(`/magicLink/${stands.link}/done`);

  async function join(): Promise<Player> {
    sandbox.reset();
    sandbox.control.setAccount({ ...grace, status: 'ACTIVE' });
    const request = {
      ...grace,
      connectionName: 'slack',
      userVerifyUrl: 'http://127.0.0.1:9/back',
      state: 'its state',
    };
    sandbox.control.setAccount({ ...request, status: 'PENDING_AUTH' });
    // A request may have had the sandbox forget the connection of the last one.
    const gateway = createSdkGateway({ environmentUrl: sandbox.url, ...secret, timeoutMs: 5_000 });
    const { link } = await gateway.getAuthorizationLink(request);
    const own = { [stands.link]: new URL(link).pathname.split('/').at(-1) ?? '' };
    const headers = [
      ['connection_name', grace.connectionName],
      ['identifier', grace.identifier],
    ] as const;
    return { ...stranger, authorization: `Bearer ${await tokenOf(sandbox)}`, headers, own };
  }

  const { own } = await join();
  const stood = Object.fromEntries(Object.entries(own).map(([stand, value]) => [value ?? '', stand]));
  const starts = ['/sandbox', `/magicLink/${own[stands.link]}`];
  await knowledge.explore(new Client(sandbox.url), starts, 30, stood);
  tidy(sandbox);
  return new FuzzedPlace({
    origin: sandbox.url,
    routes,
    knowledge,
    rules: {
      leadsTo: ['http://127.0.0.1:9'],
      isBare: () => true,
      isKept: () => true,
      isReferred: false,
      mayBlame: () => false,
      // So does Node.js where nobody listens for it.
      mayHangUp: (method) => method === 'CONNECT',
    },
    join,
    isOver: (_person, answer) => isUsed(answer),
    takeLog: () => faults.splice(0),
    tidy: () => tidy(sandbox),
    close: sandbox.close,
  });
}
