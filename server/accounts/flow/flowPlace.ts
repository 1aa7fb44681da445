import type { NextStep } from '../../kernel/errors.js';
import { paths } from '../../paths.js';
import { say, type Told, type Translate, told, type Words } from '../../words/words.js';
import type { FailureCode } from './failureCodes.js';

/** Where the flows of one kind of principal are shown: the addresses of its pages, and how they speak. */
export interface FlowPlace {
  /** The page that all of the principal's flows begin at. */
  readonly home: string;
  /** How a way to that page is called. */
  readonly homeLabel: Words;
  /** What went wrong with a connection of this title: what happened, what it means, what to do. */
  failure(code: FailureCode, title: string): Told;
  /** The failures after which this browser has no page of the principal's to go to. */
  readonly elsewhere: readonly FailureCode[];
  /** The stream that tells of changes. */
  readonly events: string;
  startConnect(connectionName: string, returnTo: string | null): string;
  openLink(connectionName: string, flowId: string): string;
  cancelFlow(connectionName: string, flowId: string): string;
  finishFlow(connectionName: string, flowId: string): string;
  status(connectionName: string, flowId: string): string;
  statusJson(connectionName: string, flowId: string): string;
  logo(connectionName: string): string;
  /** Where a flow without a return address leads in the end. */
  after(flowId: string): string;
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
  after: paths.listAfter,
};

/** The way to the page that the flows of a place begin at. */
export const wayHome = (t: Translate, { home, homeLabel }: FlowPlace, filled = false): NextStep => ({
  label: homeLabel(t),
  url: home,
  method: 'get',
  filled,
});
