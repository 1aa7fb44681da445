import { FaultList } from '../control/faultList.js';

/** What a provider answers instead of a consent, as RFC 6749 §4.1.2.1 has it. */
export interface ProviderError {
  readonly error: string;
  readonly description: string;
  /** The browser brings no `state` back. */
  readonly withoutState?: boolean | undefined;
}

/** A provider that refuses although the user allows. */
export interface ConsentFault extends ProviderError {
  /** The connection that it strikes; all of them when left out. */
  readonly connectionName?: string | undefined;
  /** How many consents it strikes; all of them when left out. */
  readonly times?: number | undefined;
}

export class ConsentFaults extends FaultList<ConsentFault> {
  /** Takes the fault of one consent: the first that was asked for. */
  take(connectionName: string): ProviderError | undefined {
    const first = this.list().find(
      (fault) => fault.connectionName === undefined || fault.connectionName === connectionName,
    );
    return first && this.strike((fault) => fault === first)[0];
  }
}
