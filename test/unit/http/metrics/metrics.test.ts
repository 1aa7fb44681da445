import { createMetrics } from '../../../../server/http/metrics/metricsRegistry.js';
import { describe, expect, it } from '../../../support/jest.js';

const bodyOf = async (metrics: ReturnType<typeof createMetrics>) => (await metrics.render()).body;

describe('the metrics', () => {
  it('count requests by the pattern of their route, with their time', async () => {
    const metrics = createMetrics();
    metrics.request('/connections/:name/status', 'GET', 200, 0.02);
    metrics.request('/connections/:name/status', 'GET', 200, 0.2);
    const body = await bodyOf(metrics);
    const labels = 'route="/connections/:name/status",method="GET",status="200"';
    expect(body).toContain(`connect_http_request_duration_seconds_count{${labels}} 2`);
    expect(body).toContain(`connect_http_request_duration_seconds_bucket{le="0.025",${labels}} 1`);
  });

  it('count calls to Scalekit by method and outcome, and those that were held back', async () => {
    const metrics = createMetrics();
    metrics.scalekitCall({ method: 'listConnections', outcome: 'timeout', durationMs: 4000 });
    metrics.scalekitCallRefused('listConnections', 'open');
    const body = await bodyOf(metrics);
    expect(body).toContain(
      'connect_scalekit_call_duration_seconds_sum{method="listConnections",outcome="timeout"} 4',
    );
    expect(body).toContain('connect_scalekit_calls_refused_total{method="listConnections",state="open"} 1');
  });

  it('count flows by outcome and reason, out of the audit trail', async () => {
    const metrics = createMetrics();
    metrics.audited({ type: 'flow.done', detail: null });
    metrics.audited({ type: 'flow.failed', detail: 'consent_denied' });
    metrics.audited({ type: 'security.wrong_user', detail: 'whatever' });
    const body = await bodyOf(metrics);
    expect(body).toContain('connect_flows_total{outcome="done",reason="none"} 1');
    expect(body).toContain('connect_flows_total{outcome="failed",reason="consent_denied"} 1');
    expect(body).toContain('connect_audit_events_total{type="security.wrong_user"} 1');
    expect(body).not.toContain('whatever');
  });

  it('read gauges when they are asked for', async () => {
    const metrics = createMetrics();
    let open = 1;
    metrics.gauge('streams', 'how many', () => open);
    metrics.gauge('connections', 'how many', () => ({ idle: open, busy: 0 }));
    open = 3;
    const body = await bodyOf(metrics);
    expect(body).toContain('streams 3');
    expect(body).toContain('connections{state="idle"} 3');
  });

  it('wait for gauges that have to be looked up, and leave out what cannot be', async () => {
    const metrics = createMetrics();
    let reached = true;
    metrics.gauge('mails', 'how many', async () => {
      if (!reached) throw new Error('the database is away');
      return { waiting: 2 };
    });
    expect(await bodyOf(metrics)).toContain('mails{state="waiting"} 2');
    reached = false;
    expect(await bodyOf(metrics)).not.toContain('mails{');
    reached = true;
    expect(await bodyOf(metrics)).toContain('mails{state="waiting"} 2');
  });

  it('are in a registry of their own, with the process in it only where that is wanted', async () => {
    expect(await bodyOf(createMetrics())).not.toContain('nodejs_eventloop_lag');
    expect(await bodyOf(createMetrics({ process: true }))).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(await bodyOf(createMetrics())).not.toContain('process_cpu');
  });
});
