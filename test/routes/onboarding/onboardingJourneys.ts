import supertest, { type Response } from 'supertest';
import type { ApiClient, ClientSettings } from '../../../server/identity/clients/apiClient.js';
import type { ApiClients } from '../../../server/identity/clients/apiClients.js';
import { Visitor } from '../../support/visitor.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { ada, localPart } from '../accounts/flow/journeys.js';

export const returnUrl = 'https://acme.example/back';

/** Another app, with its key. */
export interface OtherApp {
  readonly client: ApiClient;
  readonly key: string;
  /** Asks the API. */
  send(method: 'get' | 'post' | 'delete', path: string, body?: object): Promise<Response>;
  /** Makes an onboarding for Ada, with Gmail, and Exa if she likes. @returns its id and address, as a local path */
  create(changes?: Record<string, unknown>): Promise<{ id: string; path: string }>;
  /** Says, as the other app's backend, who is signed in there. @returns the API's answer */
  tell(confirmUrl: string, identifier: string): Promise<Response>;
  /** Says that it is Ada. @returns where the browser goes then, as a local path */
  confirm(confirmUrl: string): Promise<string>;
  statusOf(id: string): Promise<string>;
}

/** An app that can be asked, and where its clients are registered. */
export interface AskedApp {
  readonly url: string;
  readonly deps: { readonly apiClients: Pick<ApiClients, 'create'> };
}

/** Registers another app. */
export async function anotherApp(app: AskedApp, changes: Partial<ClientSettings> = {}): Promise<OtherApp> {
  const settings = someSettings({ scopes: ['onboarding'], moreUserChecks: ['none'], ...changes });
  const { client, key } = await app.deps.apiClients.create(settings, { actor: 'command' });
  const sessions = '/api/v1/onboarding-sessions';

  async function send(method: 'get' | 'post' | 'delete', path: string, body?: object): Promise<Response> {
    const request = supertest(app.url)[method](path).set('Authorization', `Bearer ${key}`);
    return body === undefined ? request : request.send(body);
  }

  function tell(confirmUrl: string, identifier: string): Promise<Response> {
    const { searchParams } = new URL(confirmUrl);
    const id = searchParams.get('unverified_session_id') ?? '';
    return send('post', `${sessions}/${id}/confirm`, { nonce: searchParams.get('nonce') ?? '', identifier });
  }

  return {
    client,
    key,
    send,
    tell,
    async create(more = {}) {
      const asked = { identifier: ada, return_url: returnUrl, state: 'its state' };
      const connections = [{ name: 'gmail' }, { name: 'exa', required: false }];
      const { status, body } = await send('post', sessions, { ...asked, connections, ...more });
      if (status !== 201) throw new Error(`it was refused: ${JSON.stringify(body)}`);
      return { id: body.id as string, path: localPart(body.url as string) };
    },
    async confirm(confirmUrl) {
      const { body } = await tell(confirmUrl, ada);
      return localPart(String(body.continue_url));
    },
    async statusOf(id) {
      const { body } = await send('get', `${sessions}/${id}`);
      return String(body.status);
    },
  };
}

/** The value of a hidden field of a page. */
export const fieldOf = (page: Response, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? '';

/** Opens the address of an onboarding and presses its button. */
export async function pressStart(browser: Visitor, path: string): Promise<Response> {
  const page = await browser.get(path);
  return browser.post('/onboarding/start', { token: fieldOf(page, 'token') });
}

/** Opens a continue URL and sends its form, as the page's script does. */
export async function pressContinue(browser: Visitor, path: string): Promise<Response> {
  const page = await browser.get(path);
  return browser.post(path.split('?')[0] ?? '', { code: fieldOf(page, 'code') });
}

export interface UnderWay {
  readonly id: string;
  readonly browser: Visitor;
  /** The address of its steps. */
  readonly steps: string;
}

/** Begins to connect Gmail in an onboarding. @returns the authorization link */
export async function connectGmail({ browser, steps }: Pick<UnderWay, 'browser' | 'steps'>): Promise<string> {
  const started = await browser.post(`${steps}/connections/gmail/connect`);
  return started.headers.location ?? '';
}

/** Brings a browser to the steps of an onboarding that checks nobody. */
export async function underWay(
  app: Pick<AskedApp, 'url'>,
  acme: OtherApp,
  changes: Record<string, unknown> = {},
  browser = new Visitor(app.url),
): Promise<UnderWay> {
  const { id, path } = await acme.create({ user_check: 'none', ...changes });
  const started = await pressStart(browser, path);
  const steps = `/onboarding/${id}`;
  if (started.headers.location !== steps) throw new Error(`the start answered ${started.status}`);
  await browser.get(steps);
  return { id, browser, steps };
}
