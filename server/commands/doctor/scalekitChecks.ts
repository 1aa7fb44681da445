import { catalogueOf } from '../../accounts/list/catalogue.js';
import { type DisplaySettingsByName, readDisplaySettings } from '../../accounts/list/displaySettings.js';
import type { Config } from '../../config/config.js';
import type { Connection } from '../../scalekit/gateway.js';
import { ScalekitError } from '../../scalekit/scalekitError.js';
import { certificateFinding } from './certificateFinding.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { scalekitOf } from './scalekitOf.js';

const credentials = 'credentials';
const catalogue = 'catalogue';

function whyNot(error: unknown, { scalekit }: Config): Finding {
  const url = scalekit?.environmentUrl ?? 'https://localhost';
  // The gateway keeps nothing of an error of the connection but its code.
  const code = /[A-Z][A-Z0-9_]+$/.exec((error as Error).message)?.[0];
  const server = { called: 'Scalekit', url, namedBy: 'SCALEKIT_ENVIRONMENT_URL' };
  const fault = certificateFinding(credentials, server, { code });
  if (fault !== null) return fault;
  if (code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
    return fail(
      credentials,
      `what answers at ${new URL(url).hostname} speaks no HTTP/2: have the proxy in between let it through`,
    );
  const kind = error instanceof ScalekitError ? error.kind : 'unexpected';
  switch (kind) {
    case 'credentials':
      return fail(
        credentials,
        'Scalekit refuses them: copy SCALEKIT_CLIENT_ID and SCALEKIT_CLIENT_SECRET from the dashboard of the ' +
          'environment that SCALEKIT_ENVIRONMENT_URL names',
      );
    case 'unreachable':
    case 'timeout':
      return fail(
        credentials,
        'Scalekit does not answer: check SCALEKIT_ENVIRONMENT_URL and the way out of this network (HTTPS, HTTP/2)',
      );
    case 'rate_limited':
      return warn(
        credentials,
        'Scalekit asks to slow down, so they could not be tried: try again in a minute',
      );
    default:
      return fail(credentials, `Scalekit gave an answer that is not understood: ${(error as Error).message}`);
  }
}

/** What can't be read is told of by the checks of the settings. */
function displaySettings({ connectionsFile }: Config): DisplaySettingsByName {
  try {
    return readDisplaySettings(connectionsFile);
  } catch {
    return new Map();
  }
}

function checkCatalogue(connections: readonly Connection[], config: Config): Finding[] {
  const enabled = connections.filter((connection) => connection.enabled);
  const settings = displaySettings(config);
  const offered = catalogueOf(connections, settings).offered;
  const names = new Set(connections.map(({ name }) => name));
  const unknown = [...settings.keys()].filter((name) => !names.has(name));
  const counts = `${connections.length} connections, ${enabled.length} enabled, ${offered.length} offered`;
  const findings = [
    offered.length > 0
      ? ok(catalogue, counts)
      : warn(catalogue, `${counts}: create one in the dashboard, enable it, and give it its credentials`),
  ];
  const newer = enabled.filter(({ kind }) => kind === 'other').map(({ name }) => name);
  if (newer.length > 0) {
    const list = newer.join(', ');
    findings.push(warn(catalogue, `not offered, since this version does not know their type: ${list}`));
  }
  if (unknown.length > 0) {
    findings.push(
      warn(catalogue, `CONNECTIONS_FILE names what Scalekit does not have: ${unknown.join(', ')}`),
    );
  }
  return findings;
}

/** Whether Scalekit takes the credentials, and what it offers. */
export async function checkScalekit(config: Config, gateway = scalekitOf(config)): Promise<Finding[]> {
  if (gateway === null) {
    return [warn(credentials, 'none: the sandbox stands in for Scalekit until the SCALEKIT_* are set')];
  }
  let connections: readonly Connection[];
  try {
    connections = await gateway.listConnections();
  } catch (error) {
    return [whyNot(error, config)];
  }
  return [ok(credentials, 'Scalekit accepts them'), ...checkCatalogue(connections, config)];
}
