import type { Config } from '../../config/config.js';
import type { Verification } from '../../identity/signIn/claims.js';
import type { SignInFailureCode } from '../../identity/signIn/signInFailures.js';
import { createSignInWatchStore, type SignInReport } from '../../identity/signIn/signInWatchStore.js';
import { inOneLine } from '../../kernel/plainText.js';
import { paths } from '../../paths.js';
import { openAsItIs } from '../../store/database/databaseInspection.js';
import { DatabaseUnavailable } from '../../store/database/databaseUnavailable.js';
import { findTables, migrationNames, type TablesFound } from '../../store/database/migrations.js';
import type { Db } from '../../store/database/schema.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { waitFor } from './waiting.js';

const subject = 'claims';

export interface SignInWatchOptions {
  /** How long to wait for a sign-in, in milliseconds. */
  readonly waitMs: number;
  /** How often to look, in milliseconds. */
  readonly lookEveryMs?: number;
  /** Told what is being waited for. */
  say(line: string): void;
}

/** What each answer for an address means to the app. */
const addresses: Readonly<Record<Verification, Finding>> = {
  verified: ok(subject, 'email is verified, by email_verified'),
  domain_verified: ok(subject, 'email is verified, by xms_edov'),
  trusted: ok(subject, 'email_verified is not told; the address counts, by OIDC_EMAIL_TRUSTED'),
  unsaid: warn(
    subject,
    'email_verified is not told, so the address does not count and no mail goes to it: see OIDC_EMAIL_TRUSTED, or ' +
      'have Entra send xms_edov',
  ),
  unverified: warn(subject, 'the provider says that the address is not verified, so no mail goes to it'),
};

/** What to do where it is not said by the code. */
const hints: Partial<Record<SignInFailureCode, string>> = {
  claim_missing: 'have the provider send the claim that OIDC_IDENTIFIER_CLAIM names, or name another one',
  email_unsaid: 'see OIDC_EMAIL_TRUSTED, or have Entra send xms_edov',
  email_unverified: 'have the address verified at the provider',
  other_tenant: 'name the tenant in OIDC_TENANTS if its users may sign in',
  other_subject: 'an admin decides on the page of that user',
  userinfo_refused: 'have the provider let this app ask userinfo, or put the claims into the ID token',
};

function rolesFinding({ roles }: Config, told: SignInReport['roles']): Finding {
  if (told === null || roles.claim === null)
    return ok(subject, 'no claim tells roles: ADMIN_IDENTIFIERS and VIEWER_IDENTIFIERS do');
  const { name, adminValue, viewerValue } = roles.claim;
  if (told.leftOut)
    return fail(
      subject,
      `the provider left ${name} out, as too long a list: have it send only the groups that are assigned to this app, or app roles`,
    );
  if (told.values.length === 0)
    return warn(subject, `there is no ${name}, neither by that name nor on that path, or nothing in it`);
  const values = told.values.slice(0, 20).map((value) => inOneLine(value));
  const list = `${name} has ${values.join(', ')}${told.values.length > 20 ? ' and more' : ''}`;
  if (told.values.includes(adminValue ?? '')) return ok(subject, `${list}: an admin`);
  if (told.values.includes(viewerValue ?? '')) return ok(subject, `${list}: a viewer`);
  return warn(subject, `${list}: neither OIDC_ADMIN_VALUE nor OIDC_VIEWER_VALUE, to the letter, so a user`);
}

function outcomeOf({ signIn }: Config, { outcome }: SignInReport): Finding {
  if ('refused' in outcome) {
    const { refused, detail } = outcome;
    const hint = hints[refused];
    const reason = detail === null ? refused : `${refused}: ${inOneLine(detail)}`;
    return fail(subject, `the sign-in was refused (${reason})${hint === undefined ? '' : `: ${hint}`}`);
  }
  const claim = signIn.mode === 'oidc' ? signIn.openid.identifierClaim : '';
  const { identifier, displayName, role } = outcome;
  const named = displayName === null ? 'without a name' : `named ${displayName}`;
  return ok(
    subject,
    `${claim} became the identifier ${inOneLine(identifier)}, ${named}, with the role ${role}`,
  );
}

/** What a sign-in told, in words. */
export function findingsOf(config: Config, report: SignInReport): Finding[] {
  const { told, email, roles, userInfoRefused } = report;
  const outcome = outcomeOf(config, report);
  if (told.length === 0) return [outcome];
  return [
    ...told.map(({ document, claims }) => ok(subject, `${document}: ${claims.map(inOneLine).join('; ')}`)),
    ...(userInfoRefused
      ? [warn(subject, 'userinfo was refused, so that only the ID token tells anything')]
      : []),
    email === null ? warn(subject, 'there is no email, so no mail goes to this user') : addresses[email],
    rolesFinding(config, roles),
    outcome,
  ];
}

const startFirst = fail(subject, 'the app has made no tables in the database yet: start the app first');

/** Why the watch can't be left in these tables, or null. They belong to the running app, which may have another version. */
function faultOf({ missing, unknown, areFromBefore }: TablesFound): Finding | null {
  if (unknown.length > 0 && !areFromBefore) {
    const text = `the tables are those of a newer version of this app (${unknown.join(', ')}): run the doctor of that version`;
    return fail(subject, text);
  }
  if (missing.length === migrationNames.length && !areFromBefore) return startFirst;
  if (missing.length === 0) return null;
  const text = `the tables are those of an older version of this app (${missing.join(', ')}): run the doctor of that version, or start this one first`;
  return fail(subject, text);
}

/** Waits for one sign-in at the running app, and tells which claims came and what became of them. */
export async function watchSignIn(config: Config, options: SignInWatchOptions): Promise<Finding[]> {
  if (config.signIn.mode !== 'oidc') return [warn(subject, 'there is no provider to sign in at')];
  try {
    const database = await openAsItIs(config, 'writing');
    if (database === null) return [startFirst];
    try {
      const fault = faultOf(await findTables(database.db));
      return fault === null ? await watchIn(database.db, config, options) : [fault];
    } finally {
      await database.close();
    }
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return [fail(subject, error.message)];
    throw error;
  }
}

async function watchIn(db: Db, config: Config, options: SignInWatchOptions): Promise<Finding[]> {
  const watches = createSignInWatchStore(db);
  const id = await watches.begin(options.waitMs);
  try {
    options.say(
      `sign in at ${config.publicUrl}${paths.signIn}, in a private window (the next sign-in of anybody counts) …`,
    );
    const { waitMs, lookEveryMs = 500 } = options;
    const report = await waitFor(() => watches.reportOf(id), { waitMs, lookEveryMs });
    if (report === null) return [warn(subject, 'nobody signed in in time: run this again')];
    return findingsOf(config, report);
  } finally {
    await watches.end(id);
  }
}
