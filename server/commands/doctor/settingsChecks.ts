import { DisplaySettingsError, readDisplaySettings } from '../../accounts/list/displaySettings.js';
import { accentNotes } from '../../brand/accent.js';
import { BrandError, readBrand } from '../../brand/brand.js';
import type { Config } from '../../config/config.js';
import { httpsUnknown } from '../../http/commonErrors.js';
import { basePathOf } from '../../kernel/basePath.js';
import { paths, routes } from '../../paths.js';
import { type Finding, fail, ok, warn } from './finding.js';

const answerWithinMs = 4000;

/** What the configuration says by itself; that it can be read at all is known by then. */
export function checkSettings(config: Config): Finding[] {
  const { production, publicUrl, trustProxy, sessionSecrets, metrics } = config;
  const findings = [
    production
      ? ok('configuration', 'complete, for production')
      : warn('configuration', 'complete, for this machine alone: set HOST and PUBLIC_URL to serve others'),
  ];
  if (publicUrl.startsWith('https:')) {
    findings.push(
      ok('proxy', `TRUST_PROXY=${trustProxy}: it has to be the proxies between browsers and here`),
    );
  }
  if (sessionSecrets.length > 1) {
    const rest = sessionSecrets.length - 1;
    findings.push(
      ok(
        'secrets',
        `the first session secret signs; ${rest} more verify, to be taken out when the time is up`,
      ),
    );
  }
  if (production && metrics.tokens.length === 0 && metrics.listener === null) {
    findings.push(warn('metrics', 'nothing is counted: set METRICS_TOKEN or METRICS_PORT'));
  }
  try {
    readDisplaySettings(config.connectionsFile);
  } catch (error) {
    if (!(error instanceof DisplaySettingsError)) throw error;
    findings.push(fail('configuration', error.message));
  }
  return [...findings, ...checkBrand(config.brandFile)];
}

/** Whether the brand can be used, and what had to be changed of its colour. */
function checkBrand(brandFile: string | null): Finding[] {
  try {
    const { accent } = readBrand(brandFile);
    return accent === null ? [] : accentNotes(accent).map((note) => ok('brand', note));
  } catch (error) {
    if (!(error instanceof BrandError)) throw error;
    return [fail('configuration', error.message)];
  }
}

const proxyNames = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

/**
 * Whether the environment names a proxy for the way out, which the app takes for webhooks to other apps alone, and what of
 * the operator's own network these may reach.
 */
export function checkWayOut(
  { webhookAllowCidrs }: Pick<Config, 'webhookAllowCidrs'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Finding[] {
  const opened =
    webhookAllowCidrs.length === 0
      ? []
      : [ok('webhooks out', `those to other apps may go to ${webhookAllowCidrs.join(', ')} as well`)];
  const named = proxyNames.filter((name) => env[name]);
  if (named.length === 0) return opened;
  const text =
    `${named.join(' and ')} is set, and this app does not use it: it goes direct to Scalekit (HTTPS, HTTP/2), to the ` +
    'OpenID provider, to the mail server and to the database, and the network has to let it';
  const proxied = named.some((name) => /^(https|all)_proxy$/i.test(name));
  const filtering =
    'webhooks to other apps do go through that proxy, which looks their hosts up: it has to keep them from your own ' +
    'network, since this app can’t where it does not know the addresses';
  return [...opened, warn('network', text), ...(proxied ? [warn('webhooks out', filtering)] : [])];
}

async function isThisApp(url: string): Promise<boolean> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(answerWithinMs) });
  const body: unknown = await response.json();
  return typeof body === 'object' && body !== null && 'status' in body && body.status === 'alive';
}

/** Whether somebody keeps browsers to https where the app leaves that to its host. @param headers of any answer of the app */
export function checkTransportSecurity(publicUrl: string, headers: Headers): Finding[] {
  const isLeft = publicUrl.startsWith('https:') && basePathOf(publicUrl) !== '';
  if (!isLeft || headers.has('strict-transport-security')) return [];
  const text =
    'nothing sends Strict-Transport-Security: the app does not under a path, since it would bind whatever else is on ' +
    'this host; have the proxy send it once all of the host is served by https';
  return [warn('proxy', text)];
}

/**
 * Whether the proxy passes paths on as they are, and tells the app that browsers come by https: the sign-in says so when it
 * does not. Where the host is shared, also whether anybody keeps browsers to https.
 */
async function checkForwarding(publicUrl: string): Promise<Finding[]> {
  const response = await fetch(publicUrl + paths.signIn, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(answerWithinMs),
  });
  const basePath = basePathOf(publicUrl);
  if (response.status === 404 && basePath !== '') {
    const text = `the proxy takes ${basePath} off, and nobody finds a page: have it pass paths on unchanged`;
    return [fail('proxy', text)];
  }
  const problem: unknown = await response.json().catch(() => null);
  const code = typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : null;
  if (code !== httpsUnknown().code) return checkTransportSecurity(publicUrl, response.headers);
  const text =
    'nobody can sign in, since the app is not told that browsers come by https: have the proxy send ' +
    'X-Forwarded-Proto: https, and have TRUST_PROXY name that proxy; the log of the app says which of them it is';
  return [fail('proxy', text)];
}

/** Whether browsers find the app where Scalekit sends them. */
export async function checkVerifyUrl({ publicUrl, userVerification }: Config): Promise<Finding[]> {
  const subject = 'verify URL';
  const url = publicUrl + paths.userVerify;
  const mode =
    userVerification === 'custom'
      ? ok(subject, `${url}; the dashboard's User Verification has to be "Custom user verification"`)
      : warn(
          subject,
          'nobody is verified (USER_VERIFICATION=scalekit): for a first try on this machine only',
        );
  const reached = await isThisApp(publicUrl + routes.healthz).catch(() => false);
  const forwarding = reached ? await checkForwarding(publicUrl).catch(() => []) : [];
  return [
    mode,
    ...forwarding,
    reached
      ? ok('public URL', `the app answers at ${publicUrl}`)
      : warn(
          'public URL',
          `the app does not answer at ${publicUrl}: start it, then look at DNS, TLS and the proxy. A network that ` +
            'does not lead its own machines there is no fault',
        ),
  ];
}
