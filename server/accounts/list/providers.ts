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

/** The key of a provider by which we know it, of Scalekit's key for it, in whatever case. */
export const providerKeyOf = (provider: string): string => provider.toLowerCase().replace(/[^a-z0-9]/g, '');

/** A provider that we know, by its key in whatever case, or null. */
export function knownProvider(
  provider: string,
): { readonly key: KnownProvider; readonly title: string } | null {
  const key = providerKeyOf(provider);
  return isKnown(key) ? { key, title: providerTitles[key] } : null;
}
