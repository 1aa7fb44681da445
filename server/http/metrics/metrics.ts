/** One number, or one for each `state`. */
export type Figure = number | Readonly<Record<string, number>>;

export type CountName =
  | 'connect_scalekit_call_duration_seconds'
  | 'connect_flows_total'
  | 'connect_audit_events_total'
  | 'connect_webhooks_total'
  | 'connect_mails_total';

/** What is counted. Labels are closed sets and patterns: no path, identifier or address of anybody. */
export interface Metrics {
  /**
   * One answered request.
   * @param route the pattern that it matched, never its path
   */
  request(route: string, method: string, status: number, seconds: number): void;
  /** One finished call to Scalekit. */
  scalekitCall(call: {
    readonly method: string;
    readonly outcome: string;
    readonly durationMs: number;
  }): void;
  /** One call that the circuit breaker did not let through. */
  scalekitCallRefused(method: string, state: string): void;
  /** One event of the audit trail; the ends of flows with why they ended. */
  audited(event: { readonly type: string; readonly detail?: string | null }): void;
  webhook(type: string, result: string): void;
  mail(result: string): void;
  /** Creates a counter at 0. Prometheus sees no increase in a counter that begins with its first event. */
  zero(name: CountName, labels: Readonly<Record<string, string>>): void;
  /**
   * A figure that is read when somebody asks for the metrics.
   * @param read while it rejects the figure is left out
   */
  gauge(name: string, help: string, read: () => Figure | Promise<Figure>): void;
  /** Everything, in the text format of Prometheus. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

const nothing = () => undefined;

/** For an app whose metrics nobody reads. */
export const noMetrics: Metrics = {
  request: nothing,
  scalekitCall: nothing,
  scalekitCallRefused: nothing,
  audited: nothing,
  webhook: nothing,
  mail: nothing,
  zero: nothing,
  gauge: nothing,
  render: async () => ({ contentType: 'text/plain', body: '' }),
};
