import type { NextStep } from '../../kernel/errors.js';
import { paths } from '../../paths.js';
import { say, type Told, type Translate, told, type Words } from '../../words/words.js';
import type { FailureCode } from './failureCodes.js';

/** The pages of one kind of principal: their addresses and their words. */
export interface FlowPlace {
  /** The page on which the principal's flows begin. */
  readonly home: string;
  /** The label of a link to that page. */
  readonly homeLabel: Words;
  /** What went wrong with a connection of this title: what happened, what it means, what to do. */
  failure(code: FailureCode, title: string): Told;
  /** The failures after which this browser has none of the principal's pages. */
  readonly elsewhere: readonly FailureCode[];
  /** The address of the event stream. */
  readonly events: string;
  startConnect(connectionName: string, returnTo: string | null): string;
  openLink(connectionName: string, flowId: string): string;
  cancelFlow(connectionName: string, flowId: string): string;
  finishFlow(connectionName: string, flowId: string): string;
  status(connectionName: string, flowId: string): string;
  statusJson(connectionName: string, flowId: string): string;
  logo(connectionName: string): string;
  /** Where the same connection is connected in another browser, or null where that is not possible. */
  durableLink(connectionName: string, returnTo: string | null): string | null;
  /** Where a finished flow without a return address leads. */
  after(flowId: string, connectionName: string): string;
}

/** The place of signed-in users. */
export const userPlace: FlowPlace = {
  home: paths.connections,
  homeLabel: say('common.actions.backToAccounts'),
  failure: (code, title) => told(`flow.failures.${code}`, { title }),
  elsewhere: [],
  events: paths.events,
  startConnect: paths.startConnect,
  openLink: paths.openLink,
  cancelFlow: paths.cancelFlow,
  finishFlow: paths.finishFlow,
  status: paths.status,
  statusJson: paths.statusJson,
  logo: paths.logo,
  durableLink: (name, returnTo) => paths.connect(name, { returnTo }),
  after: paths.listAfter,
};

/** The link to the page on which the flows of a place begin. */
export const wayHome = (t: Translate, { home, homeLabel }: FlowPlace, filled = false): NextStep => ({
  label: homeLabel(t),
  url: home,
  method: 'get',
  filled,
});
