import { freshdeskTools, hubspotTools, salesforceTools } from './businessTools.js';
import { calendarTools, driveTools, gmailTools } from './googleTools.js';
import { exaTools, tavilyTools } from './searchTools.js';
import type { SandboxTool } from './tool.js';
import { asanaTools, githubTools, jiraTools, linearTools, notionTools, slackTools } from './workTools.js';

/** A tool with the provider that it belongs to, and an id that stays the same. */
export interface CatalogueTool extends SandboxTool {
  readonly id: string;
  readonly provider: string;
}

const providers = [
  gmailTools,
  calendarTools,
  driveTools,
  slackTools,
  githubTools,
  notionTools,
  salesforceTools,
  hubspotTools,
  linearTools,
  jiraTools,
  asanaTools,
  exaTools,
  tavilyTools,
  freshdeskTools,
];

/** All tools, by provider, in the order in which they are listed. */
export const catalogue: readonly CatalogueTool[] = providers
  .flatMap(({ provider, tools }) => tools.map((tool) => ({ ...tool, provider })))
  .map((tool, index) => ({ ...tool, id: `tool_${700_000_000_000 + index}` }));

export const findTool = (name: string): CatalogueTool | undefined =>
  catalogue.find((tool) => tool.name === name);
