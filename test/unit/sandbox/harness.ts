import { createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { ScalekitClient } from '@scalekit-sdk/node';
import { ConnectedAccountService } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../../server/sandbox/sandbox.js';
import { afterAll, afterEach, beforeAll } from '../../support/jest.js';

/** A sandbox for the tests of one `describe`, reset after each, with the real SDK pointed at it. */
export function useSandbox(options: SandboxOptions = {}) {
  let sandbox: Sandbox;
  let client: ScalekitClient;
  beforeAll(async () => {
    sandbox = await createSandbox(options);
    client = new ScalekitClient(sandbox.url, 'sandbox', 'sandbox');
  });
  afterEach(() => sandbox.reset());
  afterAll(() => sandbox.close());
  return {
    get url() {
      return sandbox.url;
    },
    get port() {
      return sandbox.port;
    },
    get control() {
      return sandbox.control;
    },
    get actions() {
      return client.actions;
    },
    get tools() {
      return client.tools;
    },
    /** The service without the SDK's own retries and trims, and with the calls that the SDK has no name for. */
    rpc: async (token?: string) =>
      connectedAccountClient(sandbox.url, token ?? (await fetchToken(sandbox.url))),
  };
}

function connectedAccountClient(baseUrl: string, token: string) {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
  return createClient(ConnectedAccountService, createGrpcTransport({ baseUrl, interceptors: [authorize] }));
}

/** Asks the token endpoint for a token. */
export async function fetchToken(url: string, credentials = {}): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'sandbox',
    client_secret: 'sandbox',
    ...credentials,
  });
  const response = await fetch(`${url}/oauth/token`, { method: 'POST', body });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}

/** Submits a form of the sandbox as a browser does, without following the answer. */
export function submit(address: string, fields: Readonly<Record<string, string>>, headers = {}) {
  return fetch(address, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields), headers });
}

/** The address that an answer redirects to. */
export function destination(response: Response): URL {
  return new URL(response.headers.get('location') ?? '', response.url);
}
