import type { Page } from 'playwright-core';
import { paths } from '../../server/paths.js';
import type { FaultError } from '../../server/sandbox/control/faults.js';
import { createSandbox } from '../../server/sandbox/sandbox.js';
import type { Stage } from './browser.js';
import { arriveAt, button, connectByConsent, goToConsent, link, signIn, simulate } from './browserSteps.js';
import { freePort } from './freePort.js';
import type { SandboxedApp } from './testApp.js';

/** The deadline of calls to Scalekit where a test waits for it to pass, in milliseconds. */
export const shortDeadlineMs = 3000;

/** A page that shows a failure, and what its next step needs. */
export interface Provoked {
  readonly page: Page;
  readonly app: SandboxedApp;
  /** Ends what caused the failure, so that the next step can be taken. */
  recover?(): Promise<void> | void;
  /** What the next step leads to, where it is not the consent page of Gmail or the list. */
  readonly leadsTo?: string;
}

export interface Started extends Provoked {
  readonly identifier: string;
}

/** Somebody signed in. */
export async function signedIn(stage: Stage, app = stage.app): Promise<Started> {
  const page = await stage.visit();
  const identifier = stage.someone();
  await signIn(page, app.url, identifier);
  return { page, app, identifier };
}

/** Somebody at the consent page of Gmail. */
export async function atConsent(stage: Stage, app = stage.app): Promise<Started> {
  const started = await signedIn(stage, app);
  await goToConsent(started.page, 'Connect Gmail', 'Gmail');
  return started;
}

/** Comes back from consent with the failure that the consent page simulates. */
export async function consentFails(stage: Stage, failure: string): Promise<Started> {
  const started = await atConsent(stage);
  if (failure === 'Deny') await button(started.page, failure).click();
  else await simulate(started.page, failure);
  return started;
}

/** The provider sends the browser back with an error that the consent page has no button for. */
export async function providerSends(stage: Stage, error: string): Promise<Started> {
  const started = await atConsent(stage);
  started.app.sandbox.control.consentFault({ error, description: '', times: 1 });
  await button(started.page, 'Allow').click();
  return started;
}

/** Goes back to the flow's own page, as with the browser's "back", after something happened to it. */
export async function onStatusPage(started: Started, happens: () => unknown): Promise<Provoked> {
  await happens();
  await started.page.goto(`${started.app.url}/connections/gmail/status`);
  return started;
}

/** Lets time pass for somebody's flows, so that no test has to wait for it. Values are epoch milliseconds. */
export async function setFlowTimes(
  { app, identifier }: Started,
  times: { expiresAt?: number; linkExpiresAt?: number; leftAt?: null },
): Promise<void> {
  await app.deps.db.updateTable('flows').set(times).where('identifier', '=', identifier).execute();
}

/** Somebody else opens the link that was made for another, and approves. */
export async function approveElsewhere(stage: Stage, signedInAs: string | null): Promise<Provoked & Started> {
  const started = await atConsent(stage);
  const page = await stage.visit();
  if (signedInAs !== null) await signIn(page, stage.app.url, signedInAs);
  await page.goto(started.page.url());
  await button(page, 'Allow').click();
  return { ...started, page };
}

/** The account goes away while Scalekit looks at the auth request. */
export async function approvalVanishes(stage: Stage): Promise<Provoked> {
  const started = await atConsent(stage);
  const { control } = stage.app.sandbox;
  control.fault({ method: 'VerifyConnectedAccountUser', latencyMs: 200, times: 1 });
  const arrived = control.waitForCall('VerifyConnectedAccountUser');
  await button(started.page, 'Allow').click({ noWaitAfter: true });
  await arrived;
  control.remove('gmail', started.identifier);
  return started;
}

/** Another tab finishes, and the first one is looked at again. */
export async function finishedElsewhere(stage: Stage): Promise<Provoked> {
  const started = await signedIn(stage);
  const other = await started.page.context().newPage();
  await other.goto(`${stage.app.url}/connections`);
  await goToConsent(started.page, 'Connect Gmail', 'Gmail');
  const [flow] = await stage.app.deps.flows.unended(started.identifier, 'gmail');
  // The list in the other tab has noticed by itself that this one began.
  await connectByConsent(other, 'Finish connecting Gmail', 'Gmail');
  await started.page.goto(stage.app.url + paths.status('gmail', flow?.id ?? ''));
  return started;
}

/** Another tab disconnects, and the first one is looked at again. */
export async function disconnectedMeanwhile(stage: Stage): Promise<Provoked> {
  const started = await atConsent(stage);
  return onStatusPage(started, async () => {
    const other = await started.page.context().newPage();
    await other.goto(stage.app.url + paths.disconnect('gmail'));
    await button(other, 'Remove Gmail').click();
    await arriveAt(other, 'Connections');
  });
}

/** Presses "Cancel" while another instance works on the same connection. */
export async function pairBusy(stage: Stage): Promise<Provoked> {
  const started = await atConsent(stage);
  const { db } = stage.app.deps;
  const name = `pair:${JSON.stringify([started.identifier, 'gmail'])}`;
  const provoked = await onStatusPage(started, () =>
    db
      .insertInto('locks')
      .values({ name, holder: 'another', expiresAt: Date.now() + 3_600_000 })
      .execute(),
  );
  await button(started.page, 'Cancel').click();
  return { ...provoked, recover: async () => void (await db.deleteFrom('locks').execute()) };
}

/** Presses "Connect Gmail" while Scalekit refuses to make links. */
export async function linkRefused(stage: Stage, error: FaultError | null): Promise<Provoked> {
  const app = error === null ? await stage.otherApp({ timeoutMs: shortDeadlineMs }) : stage.app;
  const started = await signedIn(stage, app);
  const { control } = app.sandbox;
  const method = 'GetMagicLinkForConnectedAccount';
  control.fault(error === null ? { method, latencyMs: 60_000 } : { method, error });
  await button(started.page, 'Connect Gmail').click();
  return { ...started, recover: () => control.clearFaults() };
}

/** Presses "Connect Gmail" while there is no Scalekit, which is back for the next step. */
export async function scalekitGone(stage: Stage): Promise<Provoked> {
  const app = await stage.otherApp({
    timeoutMs: shortDeadlineMs,
    sandbox: { port: await freePort() },
  });
  const started = await signedIn(stage, app);
  await app.sandbox.close();
  await button(started.page, 'Connect Gmail').click();
  return {
    ...started,
    async recover() {
      stage.closeLater(await createSandbox({ port: app.sandbox.port }));
    },
  };
}

/** Opens an address of the app, a whole one or a path. */
export async function openAddress(stage: Stage, address: string): Promise<Provoked> {
  const started = await signedIn(stage);
  await started.page.goto(new URL(address, stage.app.url).href);
  return started;
}

/** Leaves a failure by its next step, and arrives. */
export async function takeNextStep({ page, leadsTo }: Provoked, next: 'try_again' | 'back'): Promise<void> {
  if (next === 'back') {
    await link(page, 'Back to connections').click();
    await arriveAt(page, leadsTo ?? 'Connections');
  } else {
    await button(page, 'Try again').click();
    await arriveAt(page, leadsTo ?? 'Give access to Gmail?');
  }
}
