import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FailureCode, failureTable } from '../../../../server/accounts/flow/failureCodes.js';
import { paths } from '../../../../server/paths.js';
import { createSandbox } from '../../../../server/sandbox/sandbox.js';
import { english as t } from '../../../../server/words/dictionary.js';
import { useStage } from '../../../support/browser.js';
import {
  approvalVanishes,
  approveElsewhere,
  atConsent,
  consentFails,
  disconnectedMeanwhile,
  finishedElsewhere,
  linkRefused,
  onStatusPage,
  openAddress,
  type Provoked,
  pairBusy,
  providerSends,
  scalekitGone,
  setFlowTimes,
  shortDeadlineMs,
  signedIn,
  takeNextStep,
} from '../../../support/browserFailures.js';
import {
  arriveAt,
  button,
  card,
  expectState,
  goToConsent,
  link,
  simulate,
} from '../../../support/browserSteps.js';
import { freePort } from '../../../support/freePort.js';
import { attacks, describe, expect, it } from '../../../support/jest.js';

const stage = useStage();

/** Every row of the table of failures, and how it comes about. */
const provocations: Record<FailureCode, () => Promise<Provoked>> = {
  consent_denied: () => consentFails(stage, 'Deny'),
  provider_error: () => consentFails(stage, 'Server error'),
  organization_blocked: () => consentFails(stage, 'Blocked by the organization'),
  operator_setup: () => consentFails(stage, 'Unpublished app'),
  sign_in_needed: () => consentFails(stage, 'Sign in again first'),
  browser_refused: () => providerSends(stage, 'disallowed_useragent'),
  provider_refused: () => providerSends(stage, 'a_riddle'),
  permission_missing: () => consentFails(stage, 'Invalid scope'),
  exchange_failed: () => consentFails(stage, 'Exchange fails'),
  approval_expired: () => approvalVanishes(stage),
  async link_expired() {
    const started = await atConsent(stage);
    return onStatusPage(started, () => setFlowTimes(started, { linkExpiresAt: Date.now(), leftAt: null }));
  },
  async never_returned() {
    const started = await consentFails(stage, 'Browser never returns');
    await arriveAt(started.page, 'This window stays here');
    return onStatusPage(started, () => setFlowTimes(started, { expiresAt: Date.now() }));
  },
  async unverified_activation() {
    const started = await atConsent(stage);
    const { identifier } = started;
    const { control } = stage.app.sandbox;
    return onStatusPage(started, () =>
      control.setAccount({ connectionName: 'gmail', identifier, status: 'ACTIVE' }),
    );
  },
  wrong_user: () => approveElsewhere(stage, stage.someone()),
  session_gone: async () => ({
    ...(await approveElsewhere(stage, null)),
    leadsTo: 'Sign in to Connect accounts',
  }),
  state_unknown: () => openAddress(stage, `${paths.userVerify}?auth_request_id=forged&state=forged`),
  finished_elsewhere: () => finishedElsewhere(stage),
  disconnected_meanwhile: () => disconnectedMeanwhile(stage),
  pair_busy: () => pairBusy(stage),
  scalekit_unreachable: () => scalekitGone(stage),
  scalekit_slow: () => linkRefused(stage, null),
  scalekit_rate_limited: () => linkRefused(stage, 'rate_limited'),
  operator_credentials: () => linkRefused(stage, 'credentials'),
  scalekit_unexpected: () => linkRefused(stage, 'internal'),
  connection_unknown: () => openAddress(stage, paths.connect('no such thing')),
  connection_not_offered: () => openAddress(stage, paths.connect('asana')),
  flow_unknown: () => openAddress(stage, '/connections/gmail/status'),
  addressed_to_other: () => openAddress(stage, stage.app.deps.links.urlFor('another@example.com', 'gmail')),
};

/** The titles of those that are about another connection than Gmail. */
const titles: Partial<Record<FailureCode, string>> = { connection_not_offered: 'Asana' };

/** The page says what happened, offers one next step, and shows a reference that the log has. */
async function expectFailure(code: FailureCode, { page, app }: Provoked): Promise<void> {
  const title = titles[code] ?? 'Gmail';
  await arriveAt(page, t(`flow.failures.${code}.heading`, { title }));
  await page.getByText(t(`flow.failures.${code}.detail`, { title }), { exact: true }).waitFor();
  const label = failureTable[code].next === 'back' ? 'Back to connections' : 'Try again';
  await expect(page.locator('main .button.filled:visible').allTextContents()).resolves.toEqual([
    expect.stringMatching(label),
  ]);
  // Nobody asks for help with a refusal of their own.
  if (code === 'consent_denied') {
    expect(await page.locator('.reference').count()).toBe(0);
    return;
  }
  const text = (await page.locator('.reference').textContent()) ?? '';
  const [reference = ''] = /[2-9A-Z]{3}-[2-9A-Z]{3}/.exec(text) ?? [];
  expect(text).toBe(`If you ask for help, quote ${reference}.`);
  expect(app.logLines().some((line) => line.reference === reference)).toBe(true);
}

describe('each failure', () => {
  it.each(Object.keys(provocations) as FailureCode[])(
    '%s says what happened, offers one next step that works, and can be found in the log',
    async (code) => {
      const provoked = await provocations[code]();
      await expectFailure(code, provoked);
      await provoked.recover?.();
      await takeNextStep(provoked, failureTable[code].next);
    },
  );
});

describe('a return that is not the one that was asked for', () => {
  it('takes back the account that another user approved, and writes both down', async () => {
    attacks('consent-is-verified');
    const other = stage.someone();
    const { identifier, page } = await approveElsewhere(stage, other);
    await arriveAt(page, 'Nothing was connected');
    expect(stage.app.sandbox.control.account('gmail', identifier)).toBeUndefined();
    expect(stage.app.sandbox.control.account('gmail', other)).toBeUndefined();
    const events = await stage.app.deps.db
      .selectFrom('auditEvents')
      .select(['type', 'actor'])
      .where('identifier', '=', identifier)
      .where('type', 'like', 'security.%')
      .execute();
    expect(events).toEqual([{ type: 'security.wrong_user', actor: `user:${other}` }]);
  });

  it('shows the recorded outcome when it is repeated', async () => {
    const { page } = await atConsent(stage);
    const returned = page.waitForRequest((request) => request.url().includes(paths.userVerify));
    await button(page, 'Allow').click();
    const address = (await returned).url();
    await arriveAt(page, 'Gmail is connected');
    const before = stage.app.sandbox.control.calls().VerifyConnectedAccountUser;
    await page.goto(address);
    await arriveAt(page, 'Gmail is connected');
    expect(stage.app.sandbox.control.calls().VerifyConnectedAccountUser).toBe(before);
  });

  it('tells the page that waits when the provider sends an error without saying whose', async () => {
    const { page } = await atConsent(stage);
    const waiting = await page.context().newPage();
    await waiting.goto(`${stage.app.url}/connections/gmail/status`);
    await arriveAt(waiting, 'Connecting Gmail');
    await simulate(page, 'Denied without state');
    await arriveAt(page, 'Gmail was not connected');
    await page.getByText('You didn’t give access to Gmail. Nothing was connected.').waitFor();
    await arriveAt(waiting, 'Gmail was not connected');
    await button(waiting, 'Cancel').waitFor();
    await button(waiting, 'Try again').click();
    await arriveAt(waiting, 'Give access to Gmail?');
  });
});

describe('Scalekit failing in the middle', () => {
  it('keeps an approval that can’t be verified, and finishes it from its page', async () => {
    const { page } = await atConsent(stage);
    stage.app.sandbox.control.fault({ method: 'VerifyConnectedAccountUser', error: 'rate_limited' });
    await button(page, 'Allow').click();
    await page.getByText('Your approval is kept for now').waitFor();
    expect(new URL(page.url()).search).toMatch(/^\?flow=[\w-]+$/);
    stage.app.sandbox.control.clearFaults();
    await button(page, 'Finish connecting').click();
    await arriveAt(page, 'Gmail is connected');
  });

  it('finds out that a verification was carried out although its answer was lost', async () => {
    const app = await stage.otherApp({ timeoutMs: shortDeadlineMs });
    const { page } = await atConsent(stage, app);
    app.sandbox.control.fault({ method: 'VerifyConnectedAccountUser', lostAnswer: true, times: 1 });
    await button(page, 'Allow').click();
    await arriveAt(page, 'Gmail is connected');
  });

  it('asks again before disconnecting when that could not be done', async () => {
    const { page, identifier } = await signedIn(stage);
    const { control } = stage.app.sandbox;
    control.setAccount({ connectionName: 'gmail', identifier, status: 'ACTIVE' });
    control.fault({ method: 'DeleteConnectedAccount', error: 'rate_limited' });
    await page.goto(stage.app.url + paths.disconnect('gmail'));
    await button(page, 'Disconnect Gmail').click();
    await page
      .getByText(
        'The connection service asks us to slow down, so this was not done. Wait a minute, then try again.',
      )
      .waitFor();
    expect(control.account('gmail', identifier)?.status).toBe('ACTIVE');
    control.clearFaults();
    await link(page, 'Try again').click();
    await arriveAt(page, 'Disconnect Gmail?');
  });

  it('goes on waiting when Scalekit is gone while it verifies, and finds out when it is back', async () => {
    const app = await stage.otherApp({ timeoutMs: shortDeadlineMs, sandbox: { port: await freePort() } });
    const { page, identifier } = await signedIn(stage, app);
    await goToConsent(page, 'Connect Gmail', 'Gmail');
    app.sandbox.control.fault({ method: 'VerifyConnectedAccountUser', latencyMs: 60_000 });
    const arrived = app.sandbox.control.waitForCall('VerifyConnectedAccountUser');
    await button(page, 'Allow').click({ noWaitAfter: true });
    await arrived;
    await app.sandbox.close();
    await page.getByText('We can’t reach the connection service right now. We keep trying.').waitFor();
    const back = await createSandbox({ port: app.sandbox.port });
    stage.closeLater(back);
    back.control.setAccount({ connectionName: 'gmail', identifier, status: 'ACTIVE' });
    await arriveAt(page, 'Gmail is connected');
  });

  it('waits for a provider that is slow', async () => {
    stage.app.sandbox.control.setSlowProvider(300);
    const { page } = await consentFails(stage, 'Slow provider');
    await arriveAt(page, 'Gmail is connected');
  });

  it('shows the last known states on the list, and since when, until it is back', async () => {
    const { page, identifier } = await signedIn(stage);
    await page.getByText('0 of 14 connected.').waitFor();
    stage.app.sandbox.control.fault({ method: 'ListConnectedAccounts', error: 'internal' });
    await stage.app.deps.db
      .updateTable('lastKnown')
      .set({ asOf: Date.UTC(2026, 0, 2, 14, 2) })
      .execute();
    stage.app.deps.reader.drop(identifier);
    await page.reload();
    await page
      .getByText(
        /We can’t reach the connection service right now\. What you see is from \d+ months ago and may have changed\./,
      )
      .waitFor();
    await expectState(page, 'Gmail', 'not_connected');
    stage.app.sandbox.control.clearFaults();
    await link(page, 'Try again').click();
    await page.getByText('0 of 14 connected.').waitFor();
  });

  it('offers nothing on the list while nothing is known', async () => {
    const app = await stage.otherApp();
    app.sandbox.control.fault({ method: 'ListConnectedAccounts', error: 'internal' });
    const { page } = await signedIn(stage, app);
    await page
      .getByText('We can’t reach the connection service right now, so we can’t show what is connected.')
      .waitFor();
    await page.getByText('We can’t tell yet what is connected.').waitFor();
    await expect(page.getByRole('button', { name: /^Connect / }).count()).resolves.toBe(0);
  });
});

describe('a connection that the operator hid', () => {
  it('is neither on the list nor to be connected by its address', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
    stage.closeLater({ close: () => rm(folder, { recursive: true }) });
    const file = path.join(folder, 'connections.json');
    await writeFile(
      file,
      JSON.stringify({ connections: [{ name: 'jira', title: 'Tickets', hidden: true }] }),
    );
    const app = await stage.otherApp({ env: { CONNECTIONS_FILE: file } });
    const { page } = await signedIn(stage, app);
    await expect(card(page, 'Tickets').count()).resolves.toBe(0);
    await page.goto(app.url + paths.connect('jira'));
    await page
      .getByText(
        'Tickets can’t be connected because your administrator has turned it off. Choose another one from your connections.',
      )
      .waitFor();
  });
});
