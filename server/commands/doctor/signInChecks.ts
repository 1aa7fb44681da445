import type { Config } from '../../config/config.js';
import { createOpenidProvider, type OpenidProvider } from '../../identity/signIn/openidProvider.js';
import { SignInRefusal } from '../../identity/signIn/signInFailures.js';
import { paths } from '../../paths.js';
import { defaultLanguage } from '../../words/words.js';
import { certificateFinding } from './certificateFinding.js';
import { type Finding, fail, ok, warn } from './finding.js';

const subject = 'sign-in';

const answerWithinMs = 4000;

/** Whether the provider takes the app for its client: it is asked to exchange a code that it never gave. */
async function checkClient(provider: OpenidProvider, issuerUrl: string): Promise<Finding> {
  const secrets = provider.newSecrets();
  const query = new URLSearchParams({ code: 'never-given', state: secrets.state, iss: issuerUrl });
  const refusal: unknown = await provider.finish(query.toString(), secrets).catch((error) => error);
  const { code = '', detail = null } = refusal instanceof SignInRefusal ? refusal : {};
  const told = detail ?? code;
  if (code === 'code_refused') return ok(subject, 'the provider knows this app');
  if (code === 'operator_settings')
    return fail(
      subject,
      `the provider refuses this app (${told}): check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET`,
    );
  return warn(subject, `it cannot be told whether the provider knows this app (${told})`);
}

/** Whether the provider sends browsers back here: one that is not signed in there asks to be, without any page. */
async function checkRedirects(provider: OpenidProvider, publicUrl: string): Promise<Finding> {
  const redirectUri = publicUrl + paths.signInCallback;
  const ask = async () => {
    const url = new URL(
      await provider.authorizationUrl(provider.newSecrets(), { another: false, language: defaultLanguage }),
    );
    url.searchParams.set('prompt', 'none');
    return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(answerWithinMs) });
  };
  const target = await ask().then(
    ({ headers }) => headers.get('location') ?? '',
    () => '',
  );
  if (!target.startsWith(`${redirectUri}?`))
    return warn(
      subject,
      `the provider did not send a browser back to ${redirectUri}: make that a redirect URI of this app there`,
    );
  return ok(
    subject,
    `the provider sends browsers back to ${redirectUri}; it has to know the post-logout redirect URI ` +
      `${publicUrl}${paths.signIn} too`,
  );
}

async function checkProvider({ signIn, publicUrl }: Config): Promise<Finding[]> {
  if (signIn.mode === 'development') return [warn(subject, 'without a password, on this machine only')];
  if (signIn.mode === 'none') return [fail(subject, 'nobody can sign in: set AUTH_MODE=oidc and the OIDC_*')];
  const { issuerUrl } = signIn.openid;
  const provider = createOpenidProvider(signIn.openid, publicUrl, { warn: () => undefined });
  try {
    await provider.check();
  } catch (error) {
    const server = { called: 'the provider', url: issuerUrl, namedBy: 'OIDC_ISSUER_URL' };
    const fault = certificateFinding(subject, server, error);
    if (fault !== null) return [fault];
    const text =
      `the provider does not answer as the issuer ${issuerUrl}: check OIDC_ISSUER_URL, which has to be what its ` +
      'own settings call it, to the letter';
    return [fail(subject, text)];
  }
  return [
    ok(subject, `the provider answers as ${issuerUrl}`),
    await checkClient(provider, issuerUrl),
    await checkRedirects(provider, publicUrl),
  ];
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
  return [...(await checkProvider(config)), ...checkAdmins(config)];
}
