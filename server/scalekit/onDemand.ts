import type { ScalekitGateway } from './gateway.js';

type Call = (...args: unknown[]) => Promise<unknown>;

/**
 * A gateway that is made for its first call. Loading the SDK takes longer than all that is needed to answer a page, so
 * a process listens before.
 */
export function onDemand(make: () => Promise<ScalekitGateway>): ScalekitGateway {
  let making: Promise<ScalekitGateway> | null = null;
  return new Proxy({} as ScalekitGateway, {
    get:
      (_target, method: keyof ScalekitGateway) =>
      async (...args: unknown[]) => {
        making ??= make();
        const gateway = await making;
        return (gateway[method] as Call)(...args);
      },
  });
}
