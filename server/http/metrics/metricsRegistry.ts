import { setTimeout as pause } from 'node:timers/promises';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Figure, Metrics } from './metrics.js';

const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const callBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 9];

/** What is counted about requests and about Scalekit. */
function callMetrics(
  registers: Registry[],
): Pick<Metrics, 'request' | 'scalekitCall' | 'scalekitCallRefused'> {
  const requests = new Histogram({
    name: 'connect_http_request_duration_seconds',
    help: 'Answered requests, by the pattern of their route; streams are not among them',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: requestBuckets,
    registers,
  });
  const calls = new Histogram({
    name: 'connect_scalekit_call_duration_seconds',
    help: 'Finished calls to Scalekit, retries and waiting included',
    labelNames: ['method', 'outcome'] as const,
    buckets: callBuckets,
    registers,
  });
  const refused = new Counter({
    name: 'connect_scalekit_calls_refused_total',
    help: 'Calls to Scalekit that the circuit breaker did not let through',
    labelNames: ['method', 'state'] as const,
    registers,
  });
  return {
    request: (route, method, status, seconds) => requests.observe({ route, method, status }, seconds),
    scalekitCall: ({ method, outcome, durationMs }) => calls.observe({ method, outcome }, durationMs / 1000),
    scalekitCallRefused: (method, state) => refused.inc({ method, state }),
  };
}

/** What is counted about what the app is for. */
function productMetrics(registers: Registry[]): Pick<Metrics, 'audited' | 'webhook' | 'mail'> {
  const flows = new Counter({
    name: 'connect_flows_total',
    help: 'Flows, by what became of them and why',
    labelNames: ['outcome', 'reason'] as const,
    registers,
  });
  const events = new Counter({
    name: 'connect_audit_events_total',
    help: 'Events of the audit trail, security events among them',
    labelNames: ['type'] as const,
    registers,
  });
  const webhooks = new Counter({
    name: 'connect_webhooks_total',
    help: 'Webhooks from Scalekit, by type, and by what was done with them',
    labelNames: ['type', 'result'] as const,
    registers,
  });
  const mails = new Counter({
    name: 'connect_mails_total',
    help: 'Tries to send a mail of the outbox',
    labelNames: ['result'] as const,
    registers,
  });
  return {
    audited({ type, detail }) {
      events.inc({ type });
      const [subject, outcome] = type.split('.');
      if (subject === 'flow' && outcome !== undefined) flows.inc({ outcome, reason: detail ?? 'none' });
    },
    webhook: (type, result) => webhooks.inc({ type, result }),
    mail: (result) => mails.inc({ result }),
  };
}

/** How long a figure may take, in milliseconds: one that can't be read must not cost the others. */
const figureWithinMs = 3_000;

/** Reads all figures at the same time, so that reading one does not change another. */
async function reading(read: () => Figure | Promise<Figure>): Promise<Figure> {
  try {
    return await Promise.race([read(), pause(figureWithinMs, {}, { ref: false })]);
  } catch {
    return {};
  }
}

/**
 * Metrics for Prometheus, in a registry of their own.
 * @param options.process whether to measure this process too: its event loop, memory, garbage collection, files
 */
export function createMetrics(options: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.process === true) {
    collectDefaultMetrics({ register: registry });
    // Gauges with the name of counters; those without `_total` say the same by type.
    for (const name of ['handles', 'requests', 'resources'])
      registry.removeSingleMetric(`nodejs_active_${name}_total`);
  }
  return {
    ...callMetrics(registers),
    ...productMetrics(registers),
    zero(name, labels) {
      const metric = registry.getSingleMetric(name);
      if (metric instanceof Counter) metric.inc({ ...labels }, 0);
      else if (metric instanceof Histogram) metric.zero({ ...labels });
    },
    gauge(name, help, read) {
      const gauge: Gauge<'state'> = new Gauge({
        name,
        help,
        labelNames: ['state'] as const,
        registers,
        async collect() {
          const now = await reading(read);
          gauge.reset();
          if (typeof now === 'number') return gauge.set(now);
          for (const [state, value] of Object.entries(now)) gauge.set({ state }, value);
        },
      });
    },
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
