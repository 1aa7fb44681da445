import type { Config } from '../../config/config.js';
import type { Verification } from '../../identity/signIn/claims.js';
import type { SignInFailureCode } from '../../identity/signIn/signInFailures.js';
import { createSignInWatchStore, type SignInReport } from '../../identity/signIn/signInWatchStore.js';
import { inOneLine } from '../../kernel/plainText.js';
import { paths } from '../../paths.js';
import { openDatabase } from '../../store/database/openDatabase.js';
import { toTerminal } from '../peers.js';
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

/** Waits for one sign-in at the running app, and tells which claims came and what became of them. */
export async function watchSignIn(config: Config, options: SignInWatchOptions): Promise<Finding[]> {
  if (config.signIn.mode !== 'oidc') return [warn(subject, 'there is no provider to sign in at')];
  const database = await openDatabase(config, toTerminal);
  const watches = createSignInWatchStore(database.db);
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
    await database.close();
  }
}
