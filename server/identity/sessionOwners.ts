import type { SessionStore } from '../store/sessionStore.js';

/**
 * Reads whose a session is, outside of a request of its own and without prolonging it.
 * @returns by a session's id, the identifier of its user; null when nobody is signed in with it or it has ended
 */
export function createSessionOwners(sessionStore: SessionStore) {
  return (sessionId: string): Promise<string | null> =>
    new Promise((resolve, reject) => {
      sessionStore.get(sessionId, (error, session) =>
        error ? reject(error) : resolve(session?.user?.identifier ?? null),
      );
    });
}
