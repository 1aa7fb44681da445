import type { AuthorizationDetails } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import type { NewAccount } from './accountStore.js';
import { sampleCredentials } from './hosted/credentials.js';
import type { AccountStatus, Connection, NewConnection } from './model.js';

/**
 * The sample data.
 * - `default`: the sample users' accounts.
 * - `empty`: the connections, and no account.
 * - `{accounts, connections}`: exactly that many accounts, the sample users' first, on that many connections.
 */
export type Seed = 'default' | 'empty' | { readonly accounts?: number; readonly connections?: number };

export const seedConnections: readonly NewConnection[] = [
  {
    name: 'gmail',
    provider: 'GMAIL',
    title: 'Gmail',
    scopes: ['https://www.googleapis.com/auth/gmail.modify'],
  },
  {
    name: 'googlecalendar',
    provider: 'GOOGLECALENDAR',
    title: 'Google Calendar',
    scopes: ['https://www.googleapis.com/auth/calendar.events'],
  },
  {
    name: 'team drive: eu',
    provider: 'GOOGLEDRIVE',
    title: 'Google Drive',
    scopes: ['https://www.googleapis.com/auth/drive.file'],
  },
  { name: 'slack', provider: 'SLACK', title: 'Slack', scopes: ['channels:read', 'chat:write'] },
  { name: 'github', provider: 'GITHUB', title: 'GitHub', scopes: ['repo', 'read:user'] },
  {
    name: 'github-enterprise',
    provider: 'GITHUB',
    title: 'GitHub Enterprise',
    scopes: ['repo', 'read:org'],
  },
  { name: 'notion', provider: 'NOTION', title: 'Notion', scopes: ['read_content', 'update_content'] },
  { name: 'salesforce', provider: 'SALESFORCE', title: 'Salesforce', scopes: ['api', 'refresh_token'] },
  { name: 'hubspot', provider: 'HUBSPOT', title: 'HubSpot', scopes: ['crm.objects.contacts.read'] },
  { name: 'linear', provider: 'LINEAR', title: 'Linear', scopes: ['read', 'write'] },
  { name: 'jira', provider: 'JIRA', title: 'Jira', scopes: ['read:jira-work', 'write:jira-work'] },
  { name: 'asana', provider: 'ASANA', title: 'Asana', scopes: ['default'], enabled: false },
  { name: 'exa', provider: 'EXA', type: 'API_KEY', title: 'Exa' },
  { name: 'tavily', provider: 'TAVILY', type: 'API_KEY', title: 'Tavily' },
  { name: 'freshdesk', provider: 'FRESHDESK', type: 'BASIC', title: 'Freshdesk' },
];

/** The connections of a seed: those above, and as many more as it asks for. */
export function connectionsOf(seed: Seed): readonly NewConnection[] {
  const count = (typeof seed === 'object' && seed.connections) || 0;
  const more = Math.max(0, count - seedConnections.length);
  const custom = (index: number): NewConnection => {
    const number = seedConnections.length + index + 1;
    return { name: `custom-${number}`, provider: 'CUSTOM', title: `Custom ${number}`, scopes: ['default'] };
  };
  return [...seedConnections, ...Array.from({ length: more }, (_, index) => custom(index))];
}

const day = 24 * 60 * 60_000;

interface SampleAccount {
  readonly identifier: string;
  readonly connectionName: string;
  readonly status: AccountStatus;
  /** How many days before the start the account last changed. */
  readonly changedDaysAgo: number;
}

const of = (identifier: string, rows: Readonly<Record<string, readonly [AccountStatus, number]>>) =>
  Object.entries(rows).map(([connectionName, [status, changedDaysAgo]]) => ({
    identifier,
    connectionName,
    status,
    changedDaysAgo,
  }));

const sampleAccounts: readonly SampleAccount[] = [
  ...of('grace@example.com', {
    gmail: ['ACTIVE', 140],
    googlecalendar: ['ACTIVE', 96],
    slack: ['EXPIRED', 3],
    github: ['PENDING_AUTH', 1],
    notion: ['PENDING_VERIFICATION', 2],
    salesforce: ['DISCONNECTED', 21],
    exa: ['ACTIVE', 64],
  }),
  ...of(
    'alan@example.com',
    Object.fromEntries(
      seedConnections
        .filter(({ enabled = true }) => enabled)
        .map(({ name }, index) => [name, ['ACTIVE', 12 + index * 9] as const]),
    ),
  ),
  ...of('katherine@example.com', {
    gmail: ['ACTIVE', 33],
    'team drive: eu': ['ACTIVE', 30],
    hubspot: ['EXPIRED', 8],
    freshdesk: ['ACTIVE', 75],
  }),
];

/** The accounts of a seed, with their times relative to `now` (epoch milliseconds). */
export function* seedAccounts(
  seed: Seed,
  connections: ReadonlyMap<string, Connection>,
  now: number,
): Generator<NewAccount> {
  if (seed === 'empty') return;
  // Shared by all sample accounts of a connection, so that 100,000 of them stay small.
  const credentials = new Map(
    [...connections.values()].map((connection) => [connection.name, sampleCredentials(connection)]),
  );
  const { accounts: limit = sampleAccounts.length } = seed === 'default' ? {} : seed;
  for (const sample of sampleAccounts.slice(0, limit)) yield toAccount(sample, credentials, now);
  for (const sample of generatedAccounts(limit - sampleAccounts.length, [...connections.keys()])) {
    yield toAccount(sample, credentials, now);
  }
}

/** Six accounts a user, three of four of them active, over the past year. */
function* generatedAccounts(count: number, names: readonly string[]): Generator<SampleAccount> {
  const others: readonly AccountStatus[] = [
    'EXPIRED',
    'PENDING_AUTH',
    'PENDING_VERIFICATION',
    'DISCONNECTED',
  ];
  for (let index = 0; index < count; index++) {
    const user = Math.floor(index / 6);
    yield {
      identifier: `user-${String(user + 1).padStart(6, '0')}@example.com`,
      connectionName: names[(user + index) % names.length] ?? 'gmail',
      status: (index % 4 === 3 ? others[Math.floor(index / 4) % others.length] : undefined) ?? 'ACTIVE',
      changedDaysAgo: (index * 7) % 365,
    };
  }
}

function toAccount(
  { identifier, connectionName, status, changedDaysAgo }: SampleAccount,
  credentials: ReadonlyMap<string, AuthorizationDetails | null>,
  now: number,
): NewAccount {
  const authorization = credentials.get(connectionName) ?? null;
  const authorized = status === 'ACTIVE' || status === 'EXPIRED';
  const updatedAt = now - changedDaysAgo * day;
  const expires = authorized && authorization?.details.case === 'oauthToken';
  return {
    identifier,
    connectionName,
    status,
    updatedAt,
    authorization: authorized ? authorization : null,
    lastUsedAt: authorized ? now - Math.floor((changedDaysAgo * day) / 3) : null,
    tokenExpiresAt: expires ? (status === 'ACTIVE' ? now + day / 24 : updatedAt) : null,
  };
}
