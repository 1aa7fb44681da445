import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { databaseKinds, postgresOfThisFile } from '../../../unit/tempDatabase.js';
import { anotherApp, type OtherApp, underWay } from '../../onboarding/onboardingJourneys.js';
import { ada, type JourneyApp, startJourneyApp } from './journeys.js';

const gmail = { connectionName: 'gmail', identifier: ada };
const minute = 60_000;

describe.each(databaseKinds)('on %s', (kind) => {
  let app: JourneyApp;
  let visitor: Visitor;
  let acme: OtherApp;

  beforeEach(async () => {
    const databaseUrl = kind === 'postgres' ? (await postgresOfThisFile()).url : undefined;
    app = await startJourneyApp(databaseUrl === undefined ? {} : { databaseUrl });
    for (const table of ['flows', 'auditEvents', 'dailyCounts', 'authRequests'] as const) {
      await app.deps.db.deleteFrom(table).execute();
    }
    visitor = await app.signIn(ada);
    acme = await anotherApp(app);
  });

  afterEach(() => app.close());

  /** While `work` runs, the last statements of a change fail: as a database does that goes away between two of them. */
  async function withoutTable(table: 'audit_events' | 'daily_counts', work: () => Promise<unknown>) {
    await sql`alter table ${sql.table(table)} rename to away`.execute(app.deps.db);
    await work().finally(() => sql`alter table away rename to ${sql.table(table)}`.execute(app.deps.db));
  }

  const auditedTypes = async () => (await app.auditTypes()).filter((type) => type !== 'user.signed_in');

  async function counts(): Promise<Record<string, number>> {
    const rows = await app.deps.counts.byConnection('');
    return Object.fromEntries(rows.map((row) => [row.kind, row.count]));
  }

  describe.each(['audit_events', 'daily_counts'] as const)('a change that %s does not take', (table) => {
    it('of a flow that is cancelled is made later, with its record and its counts', async () => {
      const { flowId } = await app.connect(visitor);
      const cancel = () => visitor.post(`/connections/gmail/flows/${flowId}/cancel`);
      await withoutTable(table, async () => expect((await cancel()).status).toBeGreaterThanOrEqual(500));
      expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
      expect((await cancel()).status).toBe(303);
      expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled' });
      expect(await auditedTypes()).toContain('flow.cancelled');
      expect(await counts()).toEqual({ started: 1, cancelled: 1 });
    });

    it('of a flow that is verified is made later, with its record and its counts', async () => {
      const { link, flowId } = await app.connect(visitor);
      const back = app.consent(link);
      await withoutTable(table, () => visitor.get(back));
      expect(await auditedTypes()).not.toContain('flow.done');
      await visitor.get(back);
      await app.editFlow(flowId, { verifyStartedAt: Date.now() - minute });
      await app.deps.settle();
      await visitor.get(back);
      expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
      expect(await auditedTypes()).toContain('flow.done');
      expect(await counts()).toEqual({ started: 1, returned: 1, verified: 1, active: 1 });
    });

    it('of flows that ran out of time is made later, with its record and its counts', async () => {
      const { flowId } = await app.connect(visitor);
      await app.editFlow(flowId, { expiresAt: Date.now() - 1 });
      await withoutTable(table, () => expect(app.deps.tidy()).rejects.toThrow());
      expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
      await app.deps.tidy();
      expect(await app.flow(flowId)).toMatchObject({ status: 'timed_out' });
      expect(await auditedTypes()).toContain('flow.timed_out');
      expect(await counts()).toEqual({ started: 1, timed_out: 1, 'timed_out:never_returned': 1 });
    });
  });

  it('an onboarding ends together with its record', async () => {
    const { browser, id, steps } = await underWay(app, acme);
    const leave = () => browser.post(`${steps}/leave`);
    await withoutTable('audit_events', async () =>
      expect((await leave()).status).toBeGreaterThanOrEqual(500),
    );
    expect(await acme.statusOf(id)).toBe('started');
    await leave();
    expect(await acme.statusOf(id)).toBe('incomplete');
    expect(await auditedTypes()).toContain('onboarding.finished');
  });

  describe('a verification whose process died after Scalekit had carried it out', () => {
    async function died(): Promise<string> {
      const { link, flowId } = await app.connect(visitor);
      app.consent(link);
      await app.editFlow(flowId, { status: 'verifying', verifyStartedAt: Date.now() - minute });
      return flowId;
    }

    it('is written down and counted although nobody comes back for it', async () => {
      const flowId = await died();
      app.gateway.scalekit.setStatus(gmail, 'active');
      await app.deps.settle();
      expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
      expect(await auditedTypes()).toEqual(['client.created', 'flow.started', 'flow.done']);
      expect(await counts()).toMatchObject({ started: 1, verified: 1, active: 1 });
    });

    it('is not called timed out, however late it is settled', async () => {
      const flowId = await died();
      app.gateway.scalekit.setStatus(gmail, 'active');
      await app.editFlow(flowId, { expiresAt: Date.now() - minute });
      app.gateway.script.failAll('unreachable');
      app.deps.reader.drop(ada);
      await app.deps.tidy();
      expect(await app.flow(flowId)).toMatchObject({ status: 'verifying' });
      app.gateway.script.recover();
      await app.deps.tidy();
      expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    });

    it('is settled for a form that was sent after its page was closed, too', async () => {
      await visitor.post('/connections/exa/connect');
      const flowId = String((await app.flows()).at(-1)?.id);
      app.gateway.scalekit.setStatus({ connectionName: 'exa', identifier: ada }, 'active');
      await app.editFlow(flowId, { expiresAt: Date.now() - minute });
      await app.deps.tidy();
      expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
      expect(await auditedTypes()).toEqual(['client.created', 'flow.started', 'flow.done']);
    });

    it('opens its flow again when Scalekit had not', async () => {
      const flowId = await died();
      await app.deps.settle();
      expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
      expect(await auditedTypes()).toEqual(['client.created', 'flow.started']);
    });
  });
});
