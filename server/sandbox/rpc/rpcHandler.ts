import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { type ConnectRouter, type ConnectRouterOptions, createConnectRouter } from '@connectrpc/connect';
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node';
import type { SandboxLogger } from '../model.js';

/**
 * Serves RPCs on an HTTP/2 server. It stands in for `connectNodeAdapter`, which prints to the console whenever a
 * caller left before its answer: in a sandbox that loses answers on request, that is no news.
 */
export function rpcHandler(
  routes: (router: ConnectRouter) => void,
  options: ConnectRouterOptions,
  logger: SandboxLogger | undefined,
) {
  const router = createConnectRouter(options);
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return async (request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> => {
    const handler = handlers.get(request.url.split('?', 1)[0] ?? '');
    if (!handler) {
      response.writeHead(404).end();
      return;
    }
    try {
      const answer = await handler(universalRequestFromNodeRequest(request, response, undefined, undefined));
      if (!response.stream.destroyed) await universalResponseToNodeResponse(answer, response);
    } catch (error) {
      if (!response.stream.destroyed)
        logger?.error({ err: error }, `the sandbox failed on ${handler.method.name}`);
    }
  };
}
