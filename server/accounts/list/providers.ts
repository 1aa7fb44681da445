/** What providers call themselves, by the key of `providerKeyOf`. What each of these is for stands in `words/`. */
const describedProviders = {
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

/** The others of Scalekit's connectors, and some that operators add, as far as their key does not say their name. */
const otherProviders: Readonly<Record<string, string>> = {
  adobemarketingagent: 'Adobe Marketing Agent',
  advancedmd: 'AdvancedMD',
  agencyanalytics: 'AgencyAnalytics',
  agentmail: 'AgentMail',
  airops: 'AirOps',
  alphaxiv: 'alphaXiv',
  amplitudeanalytics: 'Amplitude Analytics',
  amplitudeexperimentmanagement: 'Amplitude Experiment',
  anchorbrowser: 'Anchor Browser',
  appsignal: 'AppSignal',
  atlassian: 'Atlassian',
  aws: 'AWS',
  betterstack: 'Better Stack',
  bigquery: 'BigQuery',
  biorender: 'BioRender',
  brave: 'Brave Search',
  bugsnag: 'BugSnag',
  cal: 'Cal.com',
  carboneio: 'Carbone.io',
  chilipiper: 'Chili Piper',
  cloudflare: 'Cloudflare',
  claricopilot: 'Clari Copilot',
  clickhouse: 'ClickHouse',
  clickup: 'ClickUp',
  coinmarketcap: 'CoinMarketCap',
  commonroom: 'Common Room',
  conversiontools: 'Conversion Tools',
  convertapi: 'ConvertAPI',
  customerio: 'Customer.io',
  customsmartfhir: 'SMART on FHIR',
  dartai: 'Dart',
  databricksworkspace: 'Databricks',
  dataforseo: 'DataForSEO',
  deepl: 'DeepL',
  devrev: 'DevRev',
  docsautomator: 'DocsAutomator',
  dynamo: 'Dynamo Software',
  echtpost: 'EchtPost',
  elevenlabs: 'ElevenLabs',
  eodhd: 'EODHD',
  eracontext: 'Era Context',
  evertrace: 'Evertrace AI',
  fellowai: 'Fellow',
  financialdatasets: 'Financial Datasets',
  fiscalai: 'Fiscal.ai',
  fullenrich: 'FullEnrich',
  gocardless: 'GoCardless',
  googleads: 'Google Ads',
  googleanalytics: 'Google Analytics',
  googlebusinessprofile: 'Google Business Profile',
  googlechat: 'Google Chat',
  googlecloud: 'Google Cloud',
  googleforms: 'Google Forms',
  googlelooker: 'Looker',
  googlemeet: 'Google Meet',
  googlesearchconsole: 'Google Search Console',
  googleslides: 'Google Slides',
  googletasks: 'Google Tasks',
  googleworkspace: 'Google Workspace',
  greptile: 'Greptile',
  gtmetrix: 'GTmetrix',
  happyscribe: 'Happy Scribe',
  harvestapi: 'HarvestAPI',
  helpscout: 'Help Scout',
  heyreach: 'HeyReach',
  huggingface: 'Hugging Face',
  icepanel: 'IcePanel',
  igpt: 'iGPT',
  jiraservicemanagement: 'Jira Service Management',
  kling: 'Kling AI',
  latchbio: 'LatchBio',
  launchdarkly: 'LaunchDarkly',
  leadboxer: 'LeadBoxer',
  leadiq: 'LeadIQ',
  legaldatahunter: 'Legal Data Hunter',
  lilt: 'LILT',
  linkedin: 'LinkedIn',
  linkly: 'LinklyHQ',
  listenlabs: 'Listen Labs',
  logrocket: 'LogRocket',
  lunarcrush: 'LunarCrush',
  magicpatterns: 'Magic Patterns',
  mailerlite: 'MailerLite',
  microsoft365: 'Microsoft 365',
  microsoftexcel: 'Microsoft Excel',
  microsoftword: 'Microsoft Word',
  minicoursegenerator: 'Mini Course Generator',
  mixpanelanalytics: 'Mixpanel',
  mixpanelcompliance: 'Mixpanel Compliance',
  mixpanelingestion: 'Mixpanel Ingestion',
  mongodb: 'MongoDB',
  motherduck: 'MotherDuck',
  mtnewswires: 'MT Newswires',
  newrelic: 'New Relic',
  nocodb: 'NocoDB',
  onenote: 'OneNote',
  onepage: 'OnePage',
  openrouter: 'OpenRouter',
  otterai: 'Otter.ai',
  pagerduty: 'PagerDuty',
  pandadoc: 'PandaDoc',
  parallelaitask: 'Parallel',
  paypal: 'PayPal',
  phantombuster: 'PhantomBuster',
  planetscale: 'PlanetScale',
  planningcenter: 'Planning Center',
  posthog: 'PostHog',
  quickbooks: 'QuickBooks',
  quizvideo: 'Quiz.Video',
  readai: 'Read AI',
  redshift: 'Amazon Redshift',
  revealedai: 'Revealed AI',
  scholargateway: 'Scholar Gateway',
  scrapfly: 'Scrapfly',
  semaphoreci: 'Semaphore CI',
  sendgrid: 'SendGrid',
  servicenow: 'ServiceNow',
  sharepoint: 'SharePoint',
  signwell: 'SignWell',
  smtp2go: 'SMTP2GO',
  stackai: 'Stack AI',
  storeleads: 'Store Leads',
  surveymonkey: 'SurveyMonkey',
  sybill: 'Sybill',
  synthesizebio: 'Synthesize Bio',
  testdino: 'TestDino',
  ticktick: 'TickTick',
  tinyfish: 'TinyFish',
  topcounsel: 'TopCounsel',
  twelvedata: 'Twelve Data',
  twitter: 'X (Twitter)',
  v0: 'v0',
  vibeprospecting: 'Vibe Prospecting',
  whatsapp: 'WhatsApp',
  wordpress: 'WordPress',
  you: 'You.com',
  youtube: 'YouTube',
  zenrows: 'ZenRows',
  zohocrm: 'Zoho CRM',
  zoominfo: 'ZoomInfo',
  zoomrevenueaccelerator: 'Zoom Revenue Accelerator',
};

/** Scalekit's keys that differ from the provider's name by more than what `variant` takes off. */
const sameProvider: Readonly<Record<string, string>> = {
  cloudfare: 'cloudflare',
  discordbot: 'discord',
  githubpat: 'github',
  google: 'googleworkspace',
  googledwd: 'googleworkspace',
  greptil: 'greptile',
  scarpfly: 'scrapfly',
  snowflakekeyauth: 'snowflake',
  sybil: 'sybill',
  testidino: 'testdino',
  twitterbearer: 'twitter',
};

/** How a connector reaches its provider, which its key ends with and which means nothing to users: GITHUBMCP, APOLLOAPIKEY. */
const variant =
  /[\W_]*(?:mcp|oauth2?|api[\W_]*key|service[\W_]*account)$|[\W_]+(?:bearer|dwd|key|pat|token)$/i;

const withoutVariant = (provider: string): string => provider.replace(variant, '') || provider;

/** Words that a key has in capitals for good reason. */
const acronyms = /^(?:ai|api|bi|cms|crm|db|erp|hr|id|mcp|seo|sms|sql|sso|ui|url)$/i;

/** `ACME_CRM_MCP` → `Acme CRM`, `slack-prod` → `Slack prod`: a key or a name that we have no words for. */
export function readable(name: string): string {
  const words = withoutVariant(name)
    .split(/[_:\s-]+/)
    .filter((word) => word !== '')
    .map((word) => (acronyms.test(word) ? word.toUpperCase() : word.toLowerCase()))
    .join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The key by which we know a provider, of Scalekit's key for it in whatever case: that of GITHUBMCP is `github`. */
export function providerKeyOf(provider: string): string {
  const key = withoutVariant(provider)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  return Object.hasOwn(sameProvider, key) ? (sameProvider[key] ?? key) : key;
}

const isDescribed = (key: string): key is keyof typeof describedProviders =>
  Object.hasOwn(describedProviders, key);

/** What users know a provider as, by Scalekit's key for it, and the key by which `words/` describes it; null where we don't know it. */
export function knownProvider(provider: string) {
  const key = providerKeyOf(provider);
  if (isDescribed(key)) return { name: describedProviders[key], described: key };
  const name = Object.hasOwn(otherProviders, key) ? otherProviders[key] : undefined;
  return name === undefined ? null : { name, described: null };
}

/** The best known first, for lists that nobody has put in an order. */
const ranked: readonly string[] = [
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
  const rank = ranked.indexOf(providerKeyOf(provider));
  return rank === -1 ? ranked.length : rank;
}
