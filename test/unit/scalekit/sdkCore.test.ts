import { describe, expect, it } from '@jest/globals';
import { ScalekitClient } from '@scalekit-sdk/node';
import { putUnderDeadline, type Within } from '../../../server/scalekit/sdkCore.js';

const put = (client: object): Within => putUnderDeadline(client, 1000);

describe('what is relied on inside the SDK', () => {
  it('is there in the installed version', () => {
    const client = new ScalekitClient('http://127.0.0.1:1', 'id', 'secret');
    expect(() => put(client)).not.toThrow();
    expect(client).toHaveProperty('coreClient.accessToken', null);
  });

  it('is named when a version lacks it', () => {
    const core = { connectExec: async () => {}, authenticateClient: async () => {} };
    expect(() => put({ coreClient: core })).toThrow(/no coreClient\.sleep.*package-lock\.json/);
    expect(() => put({})).toThrow(
      /coreClient\.connectExec, coreClient\.authenticateClient, coreClient\.sleep/,
    );
  });
});
