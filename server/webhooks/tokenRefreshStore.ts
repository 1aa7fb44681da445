import type { TokenRefreshes } from '../accounts/flow/unverifiedActivation.js';
import type { Db } from '../store/database/schema.js';
import { toEventTime } from './eventTime.js';
import { eventTypes } from './webhookEvent.js';

const telling: readonly string[] = [eventTypes.refreshSucceeded, eventTypes.oauthSucceeded];

const eventTimeOf = (at: number) => toEventTime(new Date(at).toISOString());

/** What the recorded events say of the refreshes of accounts. */
export function createTokenRefreshes(db: Db): TokenRefreshes {
  return {
    async refreshedAlone(accountId, { from, to }) {
      const rows = await db
        .selectFrom('webhookEvents')
        .select('type')
        .distinct()
        .where('accountId', '=', accountId)
        .where('occurredAt', '>=', eventTimeOf(from))
        // The next millisecond begins where the nanoseconds of this one end.
        .where('occurredAt', '<', eventTimeOf(to + 1))
        .where('type', 'in', telling)
        .execute();
      return rows.length === 1 && rows[0]?.type === eventTypes.refreshSucceeded;
    },
  };
}
