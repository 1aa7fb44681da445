import { ScalekitClient } from '@scalekit-sdk/node';
import { ConnectorStatus } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { paths } from '../../server/paths.js';
import { seedConnections } from '../../server/sandbox/seed.js';
import { BenchUser } from './benchUser.js';
import { type Figure, median, type Part } from './figures.js';
import { credentials, type RemoteSandbox } from './remoteSandbox.js';
import { withSandboxedApp } from './sandboxedApp.js';

const connectionCount = 12;
const rpcLatencyMs = 50;
const rounds = 20;
const quickstartRounds = 4;

type Actions = ScalekitClient['actions'];

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** What Scalekit's public quickstart does for a user: connection by connection, an account and then its link. */
async function quickstart(actions: Actions, names: readonly string[], identifier: string): Promise<void> {
  for (const connectionName of names) {
    const { connectedAccount } = await actions.getOrCreateConnectedAccount({ connectionName, identifier });
    if (connectedAccount?.status !== ConnectorStatus.ACTIVE) {
      await actions.getAuthorizationLink({ connectionName, identifier });
    }
  }
}

/** Leaves the first twelve connections of the seed enabled, and names them. */
async function offerTwelve(sandbox: RemoteSandbox): Promise<string[]> {
  const names = seedConnections.filter(({ enabled = true }) => enabled).map(({ name }) => name);
  for (const name of names.slice(connectionCount)) {
    await sandbox.control('setConnection', name, { enabled: false });
  }
  return names.slice(0, connectionCount);
}

async function measureQuickstart(sandbox: RemoteSandbox, actions: Actions, names: readonly string[]) {
  const times: number[] = [];
  await sandbox.control('resetCalls');
  for (let round = 0; round < quickstartRounds; round++) {
    times.push(await timed(() => quickstart(actions, names, `quickstart-${round}@example.com`)));
  }
  const counts = Object.values(await sandbox.control('calls'));
  return { ms: median(times), rpcs: counts.reduce((sum, count) => sum + count, 0) / quickstartRounds };
}

/** One bare call and one page in turn, each for a user that nothing is known of. */
async function measurePages(appUrl: string, actions: Actions) {
  const rpcTimes: number[] = [];
  const pageTimes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const identifier = `bare-${round}@example.com`;
    rpcTimes.push(await timed(() => actions.listConnectedAccounts({ identifier, pageSize: 99 })));
    const user = await new BenchUser(appUrl, `page-${round}@example.com`).signIn();
    pageTimes.push(await timed(() => user.get(paths.connections)));
  }
  return { rpcMs: median(rpcTimes), pageMs: median(pageTimes) };
}

async function measureAgainst(sandbox: RemoteSandbox, appUrl: string): Promise<Figure[]> {
  const { actions } = new ScalekitClient(sandbox.url, credentials.clientId, credentials.clientSecret);
  const names = await offerTwelve(sandbox);
  // Warms the tokens, the catalogue and the connections.
  for (const warming of ['warm-1@example.com', 'warm-2@example.com']) {
    await quickstart(actions, names.slice(0, 1), warming);
    await (await new BenchUser(appUrl, warming).signIn()).get(paths.connections);
  }
  await sandbox.control('fault', { latencyMs: rpcLatencyMs });
  const { rpcMs, pageMs } = await measurePages(appUrl, actions);
  const flow = await measureQuickstart(sandbox, actions, names);
  return [
    { what: 'one bare list call', value: rpcMs, unit: 'ms' },
    { what: '/connections for a new user', value: pageMs, unit: 'ms' },
    { what: 'the quickstart flow for a new user', value: flow.ms, unit: 'ms' },
    { what: 'RPCs of the quickstart flow', value: flow.rpcs, unit: '' },
    { what: 'page ÷ one bare call', value: pageMs / rpcMs, unit: '×', goal: { most: 1.3 } },
    { what: 'quickstart flow ÷ page', value: flow.ms / pageMs, unit: '×', goal: { least: 25 } },
  ];
}

export const listPart: Part = {
  name: 'list',
  title: `/connections for a new user, ${connectionCount} connections, ${rpcLatencyMs} ms per RPC`,
  measure: () => withSandboxedApp({}, ({ app, sandbox }) => measureAgainst(sandbox, app.url)),
};
