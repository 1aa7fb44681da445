import { parsedUrl } from './parsedUrl.js';

/** How a connection to PostgreSQL is encrypted, as `sslmode` says it; `no-verify` is a word of Node.js's client. */
const sslModes = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/** Whether the sign-in at the server is bound to the encryption, as `channel_binding` says it. */
const channelBindings = ['disable', 'prefer', 'require'];

/** Whether a text is the URL of a PostgreSQL database: its host, or the folder of its socket, and its name. */
export function isDatabaseUrl(text: string): boolean {
  const url = parsedUrl(text);
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) return false;
  return (url.hostname !== '' || url.searchParams.has('host')) && url.pathname.length > 1 && !url.hash;
}

/** What is wrong with how a database's URL asks for encryption, as the end of a sentence; null when nothing is. */
export function sslFaultOf(databaseUrl: string): string | null {
  const { searchParams } = new URL(databaseUrl);
  const [mode, ssl, binding] = ['sslmode', 'ssl', 'channel_binding'].map((name) => searchParams.get(name));
  // `allow` and `prefer` go on without encryption where somebody in between takes it away.
  if (mode && !sslModes.includes(mode)) return `must have an sslmode of ${sslModes.join(', ')}`;
  if (ssl && !['true', '1', '0'].includes(ssl)) return 'must have sslmode in place of ssl, or ssl=true';
  if (mode === 'verify-ca' && !searchParams.has('sslrootcert'))
    return 'needs sslrootcert, a file with the certificate of the authority, for sslmode=verify-ca';
  if (binding && !channelBindings.includes(binding))
    return `must have a channel_binding of ${channelBindings.join(', ')}`;
  const encrypts = mode ? mode !== 'disable' : ssl === 'true' || ssl === '1';
  if (binding === 'require' && !encrypts)
    return 'needs an encrypted connection for channel_binding=require, as with sslmode=require';
  return null;
}

/**
 * The URL as the client library has to get it, so that `sslmode` means what it means to PostgreSQL's own programs: the
 * library verifies `require` in full, and servers of RDS and Supabase have certificates of their own authorities.
 * https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export function connectionString(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const { searchParams } = url;
  const asLibpq = ['require', 'verify-ca'].includes(searchParams.get('sslmode') ?? '');
  const ofSystem = searchParams.get('sslrootcert') === 'system';
  if (!asLibpq && !ofSystem) return databaseUrl;
  if (asLibpq) searchParams.set('uselibpqcompat', 'true');
  // They are those that Node.js knows.
  if (ofSystem) searchParams.delete('sslrootcert');
  return url.href;
}
