/** Whether a text is the URL of a PostgreSQL database: its host, or the folder of its socket, and its name. */
export function isDatabaseUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) return false;
  return (url.hostname !== '' || url.searchParams.has('host')) && url.pathname.length > 1 && !url.hash;
}
