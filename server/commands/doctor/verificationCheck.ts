import { randomBytes } from 'node:crypto';
import type { Config } from '../../config/config.js';
import { paths } from '../../paths.js';
import type { AccountKey, AccountStatus, ScalekitGateway } from '../../scalekit/gateway.js';
import { ScalekitError } from '../../scalekit/scalekitError.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { scalekitOf } from './scalekitOf.js';
import { waitFor } from './waiting.js';

const subject = 'verification';

export interface VerificationCheckOptions {
  /** How long to wait for the consent, in milliseconds. */
  readonly waitMs: number;
  /** How often to look, in milliseconds. */
  readonly lookEveryMs?: number;
  /** Told what is being waited for. */
  say(line: string): void;
  readonly gateway?: ScalekitGateway | null;
}

const connectionNamed = async (gateway: ScalekitGateway, name: string) =>
  (await gateway.listConnections()).find((connection) => connection.name === name);

/** Waits until the account is no longer what it was when it was made. @returns null when nobody consented in time */
async function statusAfterConsent(
  gateway: ScalekitGateway,
  { identifier, connectionName }: AccountKey,
  { waitMs, lookEveryMs = 2000 }: VerificationCheckOptions,
): Promise<AccountStatus | null> {
  const look = async () => {
    const accounts = await gateway.listConnectedAccounts(identifier);
    const status = accounts.find((account) => account.connectionName === connectionName)?.status;
    return status === undefined || status === 'pending_auth' ? null : status;
  };
  return waitFor(look, { waitMs, lookEveryMs });
}

function findingOf(status: AccountStatus | null): Finding {
  switch (status) {
    case 'pending_verification':
      return ok(subject, 'after consent the account waits for this app to verify its user, as it has to');
    case 'active':
      return fail(
        subject,
        'the account turned active although this app verified nobody: in the dashboard, set User Verification to ' +
          '"Custom user verification". Until then whoever opens a link of somebody else gives them their own account',
      );
    case null:
      return warn(subject, 'nobody approved in time: run this again');
    default:
      return warn(subject, `the account is ${status} after the try, which tells nothing: run this again`);
  }
}

async function tryOut(
  gateway: ScalekitGateway,
  connectionName: string,
  publicUrl: string,
  options: VerificationCheckOptions,
): Promise<Finding> {
  const key = { connectionName, identifier: `doctor-${randomBytes(6).toString('hex')}` };
  await gateway.createConnectedAccount(key);
  try {
    const state = randomBytes(32).toString('base64url');
    const { link } = await gateway.getAuthorizationLink({
      ...key,
      userVerifyUrl: publicUrl + paths.userVerify,
      state,
    });
    options.say(
      `open this link, and approve with a throw-away account (Scalekit keeps it as ${key.identifier} until this is over). ` +
        `The page that you end on may say that it does not know you: that is as it should be.\n${link}`,
    );
    return findingOf(await statusAfterConsent(gateway, key, options));
  } finally {
    await gateway.deleteConnectedAccount(key).catch(() => {
      options.say(`the account of ${key.identifier} could not be deleted: delete it in the dashboard`);
    });
  }
}

/**
 * Proves how Scalekit's dashboard has user verification set, which no API tells: an account is made, somebody consents,
 * and what becomes of the account tells. It is deleted afterwards.
 * @param connectionName an OAuth connection that the operator has an account for to throw away
 */
export async function checkVerification(
  config: Config,
  connectionName: string,
  options: VerificationCheckOptions,
): Promise<Finding[]> {
  const { gateway = scalekitOf(config) } = options;
  if (gateway === null)
    return [warn(subject, 'the sandbox verifies as USER_VERIFICATION says: nothing to prove')];
  try {
    const connection = await connectionNamed(gateway, connectionName);
    if (connection === undefined)
      return [
        fail(subject, `Scalekit has no connection ${connectionName}: name one of those that are enabled`),
      ];
    if (connection.kind !== 'oauth' || !connection.enabled)
      return [
        fail(subject, `${connectionName} has no consent to try: name an OAuth connection that is enabled`),
      ];
    return [await tryOut(gateway, connectionName, config.publicUrl, options)];
  } catch (error) {
    if (!(error instanceof ScalekitError)) throw error;
    return [warn(subject, `it could not be tried (${error.kind}): see what is said of the credentials`)];
  }
}
