import { setTimeout as pause } from 'node:timers/promises';
import type { AuthorizationLinkRequest } from '../../../../server/scalekit/gateway.js';
import type { FlowsTable } from '../../../../server/store/database/schema.js';
import { createMemoryGateway, type MemoryGateway } from '../../../support/memoryGateway.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../../../support/testApp.js';
import { Visitor } from '../../../support/visitor.js';

export const ada = 'ada@example.com';
export const bob = 'bob@example.com';

/** An OAuth connection, an API-key connection, and one whose name needs encoding. */
export const oddName = 'team: drive 2';

export interface JourneyApp extends TestApp {
  readonly gateway: MemoryGateway;
  signIn(identifier: string): Promise<Visitor>;
  /** Where the browser comes back to after consent at a link, as a local path. */
  consent(link: string | undefined): string;
  /** Posts "Connect" and gives where it leads, and the flow that it made. */
  connect(
    visitor: Visitor,
    name?: string,
    fields?: Record<string, string>,
  ): Promise<{ link: string; flowId: string }>;
  /** The state of the newest link. */
  newestState(): string;
  flow(id: string): Promise<FlowsTable>;
  flows(): Promise<FlowsTable[]>;
  /** Changes a flow's row, such as its times. */
  editFlow(id: string, changes: Partial<FlowsTable>): Promise<void>;
  auditTypes(): Promise<string[]>;
  statusOf(visitor: Visitor, flowId: string, name?: string): Promise<Record<string, unknown>>;
}

/** The local part of an address. */
export function localPart(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Starts the real app on an in-memory gateway, with three connections. */
export async function startJourneyApp(
  options: Omit<Partial<TestAppOptions>, 'gateway'> & { readonly gateway?: MemoryGateway } = {},
): Promise<JourneyApp> {
  const { gateway = createMemoryGateway() } = options;
  gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
  gateway.scalekit.addConnection({ name: 'exa', provider: 'EXA', kind: 'static' });
  gateway.scalekit.addConnection({ name: oddName, provider: 'GOOGLEDRIVE' });
  const app = await startTestApp({ ...options, gateway });
  const { db } = app.deps;

  const flows = () => db.selectFrom('flows').selectAll().orderBy('createdAt').execute();

  async function flow(id: string): Promise<FlowsTable> {
    const row = await db.selectFrom('flows').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new Error('there is no such flow');
    return row;
  }

  /** That the browser was sent to its link is noted after the answer. */
  async function untilLeft(id: string): Promise<void> {
    while ((await flow(id)).leftAt === null) await pause(2);
  }

  return {
    ...app,
    gateway,
    signIn: (identifier) => new Visitor(app.url).signIn(identifier),
    consent(link = '') {
      const outcome = gateway.scalekit.consent(link);
      if (outcome === null) throw new Error('no browser comes back from this link');
      return localPart(outcome.returnUrl);
    },
    async connect(visitor, name = 'gmail', fields = {}) {
      const before = new Set((await flows()).map(({ id }) => id));
      const response = await visitor.post(`/connections/${encodeURIComponent(name)}/connect`, fields);
      if (response.status !== 303) throw new Error(`connect answered ${response.status}`);
      const made = (await flows()).find(({ id }) => !before.has(id));
      const link = response.headers.location ?? '';
      if (made !== undefined && link.startsWith('https:')) await untilLeft(made.id);
      return { link, flowId: made?.id ?? '' };
    },
    newestState() {
      const call = gateway.script.calls.findLast(({ method }) => method === 'getAuthorizationLink');
      if (call === undefined) throw new Error('there is no link yet');
      return (call.args[0] as AuthorizationLinkRequest).state ?? '';
    },
    flow,
    flows,
    async editFlow(id, changes) {
      await db.updateTable('flows').set(changes).where('id', '=', id).execute();
    },
    async auditTypes() {
      const rows = await db.selectFrom('auditEvents').select('type').orderBy('at').execute();
      return rows.map(({ type }) => type);
    },
    async statusOf(visitor, flowId, name = 'gmail') {
      const response = await visitor.getJson(
        `/connections/${encodeURIComponent(name)}/status.json?flow=${flowId}`,
      );
      if (response.status !== 200) throw new Error(`status.json answered ${response.status}`);
      return response.body as Record<string, unknown>;
    },
  };
}
