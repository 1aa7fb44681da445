/** What well-known providers call themselves, by provider key in lower case. What each is for stands in `words/`. */
const providerTitles = {
  airtable: 'Airtable',
  asana: 'Asana',
  attio: 'Attio',
  confluence: 'Confluence',
  discord: 'Discord',
  dropbox: 'Dropbox',
  exa: 'Exa',
  freshdesk: 'Freshdesk',
  github: 'GitHub',
  gitlab: 'GitLab',
  gmail: 'Gmail',
  googlecalendar: 'Google Calendar',
  googledocs: 'Google Docs',
  googledrive: 'Google Drive',
  googlesheets: 'Google Sheets',
  hubspot: 'HubSpot',
  intercom: 'Intercom',
  jira: 'Jira',
  linear: 'Linear',
  microsoftteams: 'Microsoft Teams',
  monday: 'monday.com',
  notion: 'Notion',
  onedrive: 'OneDrive',
  openai: 'OpenAI',
  outlook: 'Outlook',
  salesforce: 'Salesforce',
  slack: 'Slack',
  snowflake: 'Snowflake',
  stripe: 'Stripe',
  tavily: 'Tavily',
  trello: 'Trello',
  zendesk: 'Zendesk',
  zoom: 'Zoom',
} as const;

export type KnownProvider = keyof typeof providerTitles;

const isKnown = (key: string): key is KnownProvider => Object.hasOwn(providerTitles, key);

/** A provider that we know, by its key in whatever case, or null. */
export function knownProvider(
  provider: string,
): { readonly key: KnownProvider; readonly title: string } | null {
  const key = provider.toLowerCase();
  return isKnown(key) ? { key, title: providerTitles[key] } : null;
}

/** The best known first, for lists that nobody has put in an order. */
const ranked: readonly KnownProvider[] = [
  'gmail',
  'googlecalendar',
  'slack',
  'googledrive',
  'notion',
  'github',
  'outlook',
  'microsoftteams',
  'jira',
  'linear',
  'hubspot',
  'salesforce',
  'googledocs',
  'googlesheets',
  'onedrive',
  'asana',
  'zoom',
  'dropbox',
  'confluence',
  'trello',
  'airtable',
  'zendesk',
  'intercom',
  'monday',
  'gitlab',
  'stripe',
];

/** How early a provider comes in a list. Those that are not ranked are all last. */
export function rankOf(provider: string): number {
  const key = knownProvider(provider)?.key;
  const rank = key === undefined ? -1 : ranked.indexOf(key);
  return rank === -1 ? ranked.length : rank;
}
