import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { adminPaths } from '../../../../server/paths.js';
import { writeBrand } from '../../../support/brandFile.js';
import { afterAll, attacks, beforeAll, expect, it } from '../../../support/jest.js';
import type { Visitor } from '../../../support/visitor.js';
import { anotherApp } from '../../onboarding/onboardingJourneys.js';
import { ada, type JourneyApp, startJourneyApp } from '../flow/journeys.js';

/** What turns the text around it, and a control character. */
const turn = '\u202e\u2066\u0007';

let app: JourneyApp;
let folder: string;
let visitor: Visitor;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  const file = path.join(folder, 'connections.json');
  const told = { description: `Mail${turn}for you`, category: `${turn}Mine` };
  const connections = [{ name: 'gmail', title: `Team${turn}mail`, ...told }];
  await writeFile(file, JSON.stringify({ connections }));
  app = await startJourneyApp({
    env: { CONNECTIONS_FILE: file, BRAND_FILE: await writeBrand({ name: `Ac${turn}me` }) },
  });
  app.gateway.scalekit.addConnection({ name: 'own-crm', provider: `OWN${turn}` });
  visitor = await app.signIn(ada);
});

afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

it('names of connections and of the product turn no text of any page', async () => {
  attacks('clean-names');
  const { flowId } = await app.connect(visitor);
  const acme = await anotherApp(app);
  const pages = [
    '/connections',
    '/connections/gmail',
    '/connect/gmail',
    `/connections/gmail/status?flow=${flowId}`,
    `/connections/gmail/status.json?flow=${flowId}`,
    '/connections/gmail/disconnect',
    '/api/v1/docs',
    '/api/v1/openapi.json',
    (await acme.create({ display_name: `A${turn}da` })).path,
  ];
  const admin = await app.signIn('katherine@example.com');
  const ofAdmins = [adminPaths.overview, adminPaths.users(), adminPaths.connections, adminPaths.user(ada)];
  for (const [who, addresses] of [
    [visitor, pages],
    [admin, ofAdmins],
  ] as const) {
    for (const address of addresses) {
      const { status, text } = await who.get(address);
      expect([address, status]).toEqual([address, 200]);
      for (const character of turn) expect(text).not.toContain(character);
    }
  }
  const { text } = await visitor.get('/connections');
  expect(text).toContain('Team mail');
  expect(text).toContain('Own');
  expect((await visitor.get('/connections/gmail')).text).toContain('Mail for you');
});
