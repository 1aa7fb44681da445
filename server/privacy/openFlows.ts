import type { FlowEnding } from '../accounts/flow/flowEnding.js';
import type { FlowStore } from '../accounts/flow/flowStore.js';
import type { RequestInfo } from '../http/requestInfo.js';
import type { PersonStore } from './personStore.js';

export interface OpenFlowsDeps {
  readonly flows: Pick<FlowStore, 'unended'>;
  readonly ending: Pick<FlowEnding, 'end' | 'withPair'>;
  readonly person: Pick<PersonStore, 'connectionsWithFlows'>;
}

/** Cancels the tries of a person that are under way. @returns how many there were */
export async function cancelFlows(
  { flows, ending, person }: OpenFlowsDeps,
  identifier: string,
  info: RequestInfo,
): Promise<number> {
  let cancelled = 0;
  for (const name of await person.connectionsWithFlows(identifier)) {
    await ending.withPair(identifier, name, async () => {
      for (const flow of await flows.unended(identifier, name)) {
        if (await ending.end(flow, 'cancelled', null, info)) cancelled += 1;
      }
    });
  }
  return cancelled;
}
