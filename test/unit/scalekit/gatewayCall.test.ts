import { describe, expect, it } from '@jest/globals';
import { GatewayCall } from '../../../server/scalekit/gatewayCall.js';

describe('a call whose deadline passes', () => {
  it('is busy when it never got a slot, for it was not sent', async () => {
    const call = new GatewayCall('deleteConnectedAccount', 1);
    await expect(call.expired).rejects.toMatchObject({ kind: 'busy', outcomeUnknown: false });
  });

  it('is a timeout when a try is on its way, for it may still be carried out', async () => {
    const call = new GatewayCall('deleteConnectedAccount', 1);
    call.start();
    call.inFlight = true;
    await expect(call.expired).rejects.toMatchObject({ kind: 'timeout', outcomeUnknown: true });
  });

  it('is unreachable between two tries, for all of them were in vain', async () => {
    const call = new GatewayCall('deleteConnectedAccount', 1);
    call.start();
    await expect(call.expired).rejects.toMatchObject({ kind: 'unreachable', outcomeUnknown: false });
  });

  it('aborts its signal with the error that it rejects with', async () => {
    const call = new GatewayCall('listConnections', 1);
    const error: unknown = await call.expired.catch((reason: unknown) => reason);
    expect(call.signal.aborted).toBe(true);
    expect(call.signal.reason).toBe(error);
  });
});
