import { setTimeout as pause } from 'node:timers/promises';
import type { DatabaseState } from '../../store/database/databaseHealth.js';
import type { Metrics } from './metrics.js';

/** Figures that are read when somebody asks for the metrics. */
export interface GaugeSources {
  databaseState(): Promise<DatabaseState>;
  readonly liveEvents: { count(): number };
  readonly health: { lastReceivedAt(): number | null };
  readonly eventLog: { readUntil(): number | null };
  readonly outbox: { counts(): Promise<{ waiting: number; failed: number }> };
  /** PostgreSQL's connections, or null on SQLite. */
  readonly pool: {
    readonly totalCount: number;
    readonly idleCount: number;
    readonly waitingCount: number;
  } | null;
}

/** Prometheus waits ten seconds for all figures together. */
const databaseWithinMs = 2_000;

export function watchGauges(
  metrics: Metrics,
  { databaseState, liveEvents, health, eventLog, outbox, pool }: GaugeSources,
): void {
  // Before any figure that queries the database, which would use one of these connections.
  if (pool !== null) {
    metrics.gauge('connect_database_connections', 'Connections to PostgreSQL, and who waits for one', () => ({
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }));
  }
  metrics.gauge(
    'connect_database_up',
    '1 while the database answers and can be written, else 0',
    async () => {
      const late = pause(databaseWithinMs, null, { ref: false });
      return (await Promise.race([databaseState(), late])) === 'answers' ? 1 : 0;
    },
  );
  metrics.gauge('connect_live_streams', 'Streams that pages hold open', liveEvents.count);
  metrics.gauge(
    'connect_webhook_last_received_timestamp_seconds',
    'When the last webhook came, at any instance; 0 for never',
    () => (health.lastReceivedAt() ?? 0) / 1000,
  );
  metrics.gauge(
    'connect_event_log_read_until_timestamp_seconds',
    'Up to when Scalekit’s event log was read, by any instance; 0 for never',
    () => (eventLog.readUntil() ?? 0) / 1000,
  );
  metrics.gauge(
    'connect_outbox_mails',
    'Mails in the outbox that wait, and that were given up; the same at every instance',
    outbox.counts,
  );
}
