import { ScalekitClient } from '@scalekit-sdk/node';
import { createSandbox, type Sandbox } from '../../../server/sandbox/sandbox.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '../../support/jest.js';

const grace = 'grace@example.com';

describe('the event log of the sandbox', () => {
  let sandbox: Sandbox;
  let client: ScalekitClient;

  beforeAll(async () => {
    sandbox = await createSandbox();
    client = new ScalekitClient(sandbox.url, 'sandbox', 'sandbox');
  });

  afterEach(() => sandbox.reset());
  afterAll(() => sandbox.close());

  const expireAndHeal = (times: number) => {
    for (let count = 0; count < times; count += 1) {
      sandbox.control.expire('gmail', grace);
      sandbox.control.setAccount({ connectionName: 'gmail', identifier: grace, status: 'ACTIVE' });
    }
  };

  it('is paged from the newest event to the oldest, and back', async () => {
    expireAndHeal(13);
    const first = await client.events.listEventsPaginated(10);
    const second = await client.events.listEventsPaginated(10, first.nextPageToken);
    const third = await client.events.listEventsPaginated(10, second.nextPageToken);
    const ids = [first, second, third].map(({ events }) => events.map(({ id }) => id));
    expect(ids.map((page) => page.length)).toEqual([10, 10, 6]);
    expect(new Set(ids.flat()).size).toBe(26);
    expect(third.nextPageToken).toBe('');
    expect(first.prevPageToken).toBe('');
    const back = await client.events.listEventsPaginated(10, third.prevPageToken);
    expect(back.events.map(({ id }) => id)).toEqual(ids[1]);
    const times = [first, second, third].flatMap(({ events }) =>
      events.map(({ occurredAt }) => Number(occurredAt?.seconds) * 1e9 + Number(occurredAt?.nanos)),
    );
    expect(times).toEqual(times.toSorted((one, other) => other - one));
  });

  it('answers ten events when nothing is asked for, and a hundred at most', async () => {
    expireAndHeal(60);
    expect((await client.events.listEventsPaginated()).events).toHaveLength(10);
    expect((await client.events.listEventsPaginated(1000)).events).toHaveLength(100);
  });

  it('can be narrowed by type, account, connection and time', async () => {
    sandbox.control.expire('gmail', grace);
    sandbox.control.revoke('slack', grace);
    sandbox.control.remove('slack', grace);
    const list = async (filter: object) =>
      (await client.events.listEventsPaginated(100, '', filter)).events.map(({ type }) =>
        type.replace('connected_account.', ''),
      );
    expect(await list({})).toEqual(['deleted', 'status_updated', 'status_updated']);
    expect(await list({ eventTypes: ['connected_account.deleted'] })).toEqual(['deleted']);
    const gmail = sandbox.control.account('gmail', grace);
    expect(await list({ connectedAccountId: gmail?.id })).toEqual(['status_updated']);
    const slack = sandbox.control.connections().find(({ name }) => name === 'slack');
    expect(await list({ connectionId: slack?.id })).toEqual(['deleted', 'status_updated']);
    const seconds = BigInt(Math.floor(Date.now() / 1000));
    expect(await list({ startTime: { seconds: seconds + 60n, nanos: 0 } })).toEqual([]);
    expect(await list({ endTime: { seconds: seconds + 60n, nanos: 0 } })).toHaveLength(3);
  });

  it('refuses a page token that it did not make', async () => {
    await expect(client.events.listEventsPaginated(10, 'made up')).rejects.toThrow('page_token');
  });

  it('has the account one level down or as a webhook has it, and ids of its own, as the control says', async () => {
    sandbox.control.expire('gmail', grace);
    const [nested] = (await client.events.listEventsPaginated()).events;
    expect(nested?.data).toMatchObject({ object_type: 'ConnectedAccount', data: { identifier: grace } });
    const response = await fetch(`${sandbox.url}/sandbox/api/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nestedData: false, ownIds: true }),
    });
    expect(response.status).toBe(200);
    const [flat] = (await client.events.listEventsPaginated()).events;
    expect(flat?.data).toMatchObject({ identifier: grace, status: 'EXPIRED', old_status: 'ACTIVE' });
    expect(flat?.id).not.toBe(nested?.id);
  });

  it('forgets on request, as at the end of the retention', async () => {
    sandbox.control.expire('gmail', grace);
    sandbox.control.forgetEventsBefore(Date.now() + 60_000);
    expect((await client.events.listEventsPaginated()).events).toEqual([]);
  });
});
