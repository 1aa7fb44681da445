import type { Config } from '../config.js';
import { createOpenidProvider } from '../identity/openidProvider.js';
import { paths } from '../paths.js';
import { type Finding, fail, ok, warn } from './finding.js';

const subject = 'sign-in';

async function checkProvider({ signIn, publicUrl }: Config): Promise<Finding> {
  if (signIn.mode === 'development') return warn(subject, 'without a password, on this machine only');
  if (signIn.mode === 'none') return fail(subject, 'nobody can sign in: set AUTH_MODE=oidc and the OIDC_*');
  const provider = createOpenidProvider(signIn.openid, publicUrl, { warn: () => undefined });
  try {
    await provider.check();
  } catch {
    const { issuerUrl } = signIn.openid;
    return fail(
      subject,
      `the provider does not answer as the issuer ${issuerUrl}: check OIDC_ISSUER_URL, which has to be what its ` +
        'own settings call it, to the letter',
    );
  }
  return ok(
    subject,
    `the provider answers; it has to know the redirect URI ${publicUrl}${paths.signInCallback} and the post-logout ` +
      `redirect URI ${publicUrl}${paths.signIn}`,
  );
}

function checkAdmins({ roles, signIn }: Config): Finding[] {
  const byClaim = roles.claim?.adminValue !== null && roles.claim !== null;
  if (signIn.mode !== 'oidc') return [];
  if (roles.adminIdentifiers.length > 0 || byClaim)
    return [ok('admins', byClaim ? 'by a claim' : 'by a list')];
  return [warn('admins', 'nobody is one: set ADMIN_IDENTIFIERS, or OIDC_ROLE_CLAIM and OIDC_ADMIN_VALUE')];
}

/** Whether users can sign in. */
export async function checkSignIn(config: Config): Promise<Finding[]> {
  return [await checkProvider(config), ...checkAdmins(config)];
}
