import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMetrics } from '../../../server/http/metrics/metricsRegistry.js';
import { alertRules } from '../../docs/alertDocs.js';
import { newDataFolder } from '../../support/dataFolder.js';
import { freePort } from '../../support/freePort.js';
import { startInstance } from '../../support/instanceProcess.js';
import { afterEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { createPostgresDatabase } from '../../support/postgresDatabase.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

const token = 'a token of the tests';
const operations = fileURLToPath(new URL('../../../server/operations', import.meta.url));

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
    metrics: createMetrics({ process: true }),
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

/** The app's own metrics in an expression. */
const metricsIn = (expression: string): string[] => [
  ...new Set([...expression.matchAll(/\b(?:connect|nodejs|process)_\w+/g)].map(([name]) => name)),
];

/** Answers have too many kinds to begin at 0, and their alerts compare rates. */
const alerts = alertRules()
  .map(({ alert, expr }) => ({ name: alert, expression: expr }))
  .filter(({ expression }) => expression.includes('increase('))
  .filter(({ expression }) => !expression.includes('connect_http_request_duration_seconds'));

/** All panels' expressions. */
function shownOnDashboard(): string[] {
  const { panels } = JSON.parse(readFileSync(path.join(operations, 'dashboard.json'), 'utf8')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

describe('the alerts and the dashboard', () => {
  it('look at metrics that an instance on PostgreSQL has', async () => {
    const database = await createPostgresDatabase();
    const folder = await newDataFolder();
    const instance = await startInstance(folder, {
      DATABASE_URL: database.url,
      METRICS_TOKEN: token,
      SANDBOX_PORT: String(await freePort()),
    });
    const response = await fetch(`${instance.url}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const types = new Map(
      [...(await response.text()).matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type]) => [
        name,
        type,
      ]),
    );
    const parts = ['_bucket', '_count', '_sum'];
    const isThere = (name: string) =>
      types.has(name) ||
      parts.some((part) => name.endsWith(part) && types.get(name.slice(0, -part.length)) === 'histogram');
    const wanted = [...alertRules().map(({ expr }) => expr), ...shownOnDashboard()].flatMap(metricsIn);
    expect(wanted.length).toBeGreaterThan(30);
    expect(wanted.filter((name) => !isThere(name))).toEqual([]);
    await instance.stop();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  it('tell each what to do, and how urgent it is', () => {
    for (const { alert, labels, annotations } of alertRules()) {
      expect(alert).toMatch(/^Connect[A-Z]\w+$/);
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/^[a-zS].*[^.]$/);
      expect(annotations.description).toMatch(/\.$/);
    }
  });

  it('are all raised by a test, and each test by the rules', () => {
    const tests = readFileSync(path.join(operations, 'rules_test.yml'), 'utf8');
    const raised = new Set([...tests.matchAll(/alertname="(\w+)"/g)].map(([, name]) => name));
    expect([...raised].sort()).toEqual(
      alertRules()
        .map(({ alert }) => alert)
        .sort(),
    );
  });
});

const promtool = (process.env.PATH ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, 'promtool'))
  .find((file) => existsSync(file));

/** @param input what it reads from stdin */
function runPromtool(args: readonly string[], input = ''): Promise<{ code: number; told: string }> {
  return new Promise((resolve) => {
    const child = execFile(promtool ?? '', args, { cwd: operations }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), told: stdout + stderr }),
    );
    child.stdin?.end(input);
  });
}

(promtool === undefined ? describe.skip : describe)('Prometheus itself', () => {
  it('takes the rules, and raises each alert when it should', async () => {
    expect(await runPromtool(['check', 'rules', 'rules.yml'])).toMatchObject({ code: 0 });
    expect(await runPromtool(['test', 'rules', 'rules_test.yml'])).toMatchObject({ code: 0 });
  });

  it('has nothing to say of the metrics', async () => {
    const running = await start();
    const response = await fetch(`${running.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect(await runPromtool(['check', 'metrics'], await response.text())).toEqual({ code: 0, told: '' });
  });
});

describe('what the alerts of the operations page look at', () => {
  it('is told of here for each alert that counts', () => {
    expect(alerts.map(({ name }) => name)).toEqual([
      'ConnectScalekitCredentialsRefused',
      'ConnectFlowsFail',
      'ConnectBlockedByOrganizations',
      'ConnectProviderSetUp',
      'ConnectSecurityEvent',
      'ConnectWebhooksRefused',
      'ConnectMailGivenUp',
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
    const expression = alerts.find(({ name }) => name === 'ConnectSecurityEvent')?.expression ?? '';
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
