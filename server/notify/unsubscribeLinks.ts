import { createSealing } from '../kernel/sealed.js';
import { paths } from '../paths.js';

/** The address that mail went to, and the user whom it was about. */
export interface Addressee {
  readonly address: string;
  readonly identifier: string;
}

/**
 * Links that turn mail to one address off, without a sign-in: whoever holds a mail may decline the next. They can do
 * nothing else, and last for as long as the secret that sealed them.
 * @param secrets the session secrets: the first makes links, each of them knows its own
 * @param publicUrl the origin that browsers see
 */
export function createUnsubscribeLinks(secrets: readonly string[], publicUrl: string) {
  const sealing = createSealing(secrets, 'unsubscribe links');
  return {
    urlFor({ address, identifier }: Addressee): string {
      return publicUrl + paths.unsubscribe(sealing.seal(JSON.stringify([address, identifier])));
    },
    /** Whom a token was made for, or null when we made none like it. */
    addresseeOf(token: string): Addressee | null {
      const opened = sealing.open(token);
      if (opened === null) return null;
      const [address, identifier] = JSON.parse(opened) as [string, string];
      return { address, identifier };
    },
  };
}

export type UnsubscribeLinks = ReturnType<typeof createUnsubscribeLinks>;
