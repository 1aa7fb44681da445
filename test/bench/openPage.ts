import { type ClientRequest, get } from 'node:http';
import { paths } from '../../server/paths.js';
import type { BenchUser } from './benchUser.js';

/** A page that a signed-in user has open, with its stream. */
export interface OpenPage {
  readonly user: BenchUser;
  /** Called at each "read again". */
  onChanged: () => void;
  close(): void;
}

function openStream(url: string, user: BenchUser, onText: (text: string) => void): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { headers: { ...user.headers, accept: 'text/event-stream' }, agent: false });
    asked.once('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`a stream answered ${response.statusCode}`));
      response.setEncoding('utf8').on('data', onText);
      response.on('error', () => undefined);
      resolve(asked);
    });
    asked.on('error', reject);
  });
}

/** Opens the stream of a page of a user who is signed in. */
export async function openPage(appUrl: string, user: BenchUser): Promise<OpenPage> {
  const page = { user, onChanged: () => undefined, close: () => stream.destroy() } as OpenPage;
  const stream = await openStream(appUrl + paths.events, user, (text) => {
    if (text.includes('event: changed')) page.onChanged();
  });
  return page;
}
