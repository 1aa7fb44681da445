import { readFileSync } from 'node:fs';
import { createMetrics } from '../../../server/http/metrics/metricsRegistry.js';
import { afterEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { createPostgresDatabase } from '../../support/postgresDatabase.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

const token = 'a token of the tests';
const page = readFileSync(new URL('../../../server/operations/README.md', import.meta.url), 'utf8');

/** A line of what Prometheus reads. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

let app: TestApp | null = null;

afterEach(async () => {
  await app?.close();
  app = null;
});

async function start(databaseUrl?: string): Promise<TestApp> {
  app = await startTestApp({
    gateway: createMemoryGateway(),
    metrics: createMetrics(),
    env: { METRICS_TOKEN: token, ADMIN_IDENTIFIERS: 'boss@example.com' },
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });
  return app;
}

async function samples({ url }: TestApp): Promise<Sample[]> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  return (await response.text()).split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === '') return [];
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text]);
    return [{ name, labels: Object.fromEntries(pairs) as Sample['labels'], value: Number(value) }];
  });
}

/** Whether a label is as a selector of Prometheus wants it. */
function fits(value: string, operator: string, wanted: string): boolean {
  const matches = operator.endsWith('~') ? new RegExp(`^(?:${wanted})$`).test(value) : value === wanted;
  return operator.startsWith('!') ? !matches : matches;
}

/** What the selectors of an expression choose, each by itself. */
function chosenBy(expression: string, from: readonly Sample[]): Sample[][] {
  return [...expression.matchAll(/(\w+)\{([^}]*)\}/g)].map(([, name, conditions = '']) => {
    const wanted = [...conditions.matchAll(/(\w+)(=~|!=|!~|=)"([^"]*)"/g)];
    return from.filter(
      (sample) =>
        sample.name === name &&
        wanted.every(([, label = '', operator = '', text = '']) =>
          fits(sample.labels[label] ?? '', operator, text),
        ),
    );
  });
}

/** The alerts of the operations page, by name. Answers have too many kinds to begin at 0, and their alerts compare rates. */
const alerts = [...page.matchAll(/^\| ([^|]+) \| `([^`]*(?:increase|rate)\([^`]*)`/gm)]
  .map(([, name = '', expression = '']) => ({ name, expression }))
  .filter(({ expression }) => !expression.includes('connect_http_request_duration_seconds'));

describe('what the alerts of the operations page look at', () => {
  it('is told of here for each alert', () => {
    expect(alerts.map(({ name }) => name)).toEqual([
      'its credentials are refused',
      'flows fail',
      'a security event',
      'webhooks are refused',
      'mail is given up',
    ]);
  });

  it.each(alerts)(
    'is 0 before anything happened, so that the first time is an increase: $name',
    async ({ expression }) => {
      const running = await start();
      const chosen = chosenBy(expression, await samples(running));
      expect(chosen.length).toBeGreaterThan(0);
      for (const series of chosen) {
        expect(series.length).toBeGreaterThan(0);
        expect(series.map(({ value }) => value)).toEqual(series.map(() => 0));
      }
    },
  );

  it('is there for each kind of security event, and counts the first', async () => {
    const running = await start();
    const expression = alerts.find(({ name }) => name === 'a security event')?.expression ?? '';
    const [before = []] = chosenBy(expression, await samples(running));
    expect(before.map(({ labels }) => labels.type)).toEqual(
      expect.arrayContaining([
        'security.wrong_user',
        'security.unverified_activation',
        'security.role_refused',
      ]),
    );
    const visitor = await new Visitor(running.url).signIn('ada@example.com');
    expect((await visitor.get('/admin/users')).status).toBe(403);
    const [after = []] = chosenBy(expression, await samples(running));
    expect(after.map(({ labels }) => labels.type)).toEqual(before.map(({ labels }) => labels.type));
    expect(after.filter(({ value }) => value > 0)).toMatchObject([
      { labels: { type: 'security.role_refused' }, value: 1 },
    ]);
  });
});

describe('the connections of an idle instance', () => {
  it('are waited for and used by nobody, whoever reads the metrics', async () => {
    const database = await createPostgresDatabase();
    const running = await start(database.url);
    await running.deps.databaseState();
    for (let times = 0; times < 5; times += 1) {
      const now = (await samples(running)).filter(({ name }) => name === 'connect_database_connections');
      const states = Object.fromEntries(now.map(({ labels, value }) => [labels.state ?? '', value]));
      expect(states).toMatchObject({ waiting: 0, busy: 0 });
      expect(states.idle).toBeGreaterThan(0);
    }
    await running.close();
    app = null;
    await database.drop();
  });
});
