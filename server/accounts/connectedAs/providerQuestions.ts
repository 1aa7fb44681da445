import { inOneLine } from '../../kernel/plainText.js';

/**
 * How a provider is asked whose account it is. Everything that is sent is ours, and Scalekit's proxy puts the user's
 * token in. Fields are paths into the JSON of the answer (`user.email`).
 */
export interface ProviderQuestion {
  readonly method: 'GET' | 'POST';
  /** Relative to the provider's API host. */
  readonly path: string;
  /** JSON, for a POST. */
  readonly body?: string;
  /** What to show: the first of these that is there; several fields are shown together. */
  readonly name: readonly (string | readonly string[])[];
  /** What tells accounts apart and stays the same: all of these together. */
  readonly id: readonly string[];
}

const get = (path: string, name: ProviderQuestion['name'], ...id: string[]): ProviderQuestion => ({
  method: 'GET',
  path,
  name,
  id,
});

const post = (
  path: string,
  body: string,
  name: ProviderQuestion['name'],
  ...id: string[]
): ProviderQuestion => ({
  method: 'POST',
  path,
  body,
  name,
  id,
});

const graphql = (query: string) => JSON.stringify({ query });

const google = get('/oauth2/v3/userinfo', ['email', 'name'], 'sub');
const microsoft = get('/v1.0/me', ['mail', 'userPrincipalName', 'displayName'], 'id');

/**
 * The questions, by Scalekit's keys of the providers. Each needs no more than what a connection of that provider usually
 * may read; where a user granted less, the provider refuses, and nothing is shown.
 */
const questions: Readonly<Record<string, ProviderQuestion>> = {
  GMAIL: get('/gmail/v1/users/me/profile', ['emailAddress'], 'emailAddress'),
  GOOGLECALENDAR: get('/calendar/v3/calendars/primary', ['id'], 'id'),
  GOOGLEDRIVE: get(
    '/drive/v3/about?fields=user',
    ['user.emailAddress', 'user.displayName'],
    'user.permissionId',
  ),
  GOOGLEDOCS: google,
  GOOGLEMEET: google,
  GOOGLESHEETS: google,
  MICROSOFT365: microsoft,
  MICROSOFTEXCEL: microsoft,
  MICROSOFTTEAMS: microsoft,
  MICROSOFTWORD: microsoft,
  ONEDRIVE: microsoft,
  ONENOTE: microsoft,
  OUTLOOK: microsoft,
  SHAREPOINT: microsoft,
  SLACK: post('/api/auth.test', '{}', [['user', 'team'], 'team'], 'team_id', 'user_id'),
  GITHUB: get('/user', ['login'], 'id'),
  GITLAB: get('/api/v4/user', ['username'], 'id'),
  BITBUCKET: get('/2.0/user', ['username', 'display_name'], 'uuid'),
  NOTION: get(
    '/v1/users/me',
    [['bot.owner.user.person.email', 'bot.workspace_name'], 'bot.workspace_name', 'name'],
    'id',
  ),
  HUBSPOT: get('/account-info/v3/details', ['uiDomain', 'portalId'], 'portalId'),
  SALESFORCE: get('/services/oauth2/userinfo', ['preferred_username', 'email'], 'organization_id', 'user_id'),
  JIRA: get('/me', ['email', 'name'], 'account_id'),
  CONFLUENCE: get('/me', ['email', 'name'], 'account_id'),
  LINEAR: post('/graphql', graphql('{ viewer { id name email } }'), ['data.viewer.email'], 'data.viewer.id'),
  ASANA: get('/api/1.0/users/me', ['data.email', 'data.name'], 'data.gid'),
  AIRTABLE: get('/v0/meta/whoami', ['email'], 'id'),
  ZOOM: get('/v2/users/me', ['email', 'display_name'], 'id'),
  DROPBOX: post('/2/users/get_current_account', 'null', ['email', 'name.display_name'], 'account_id'),
  BOX: get('/2.0/users/me', ['login', 'name'], 'id'),
  TRELLO: get('/1/members/me', ['username', 'fullName'], 'id'),
  FIGMA: get('/v1/me', ['email', 'handle'], 'id'),
  CALENDLY: get('/users/me', ['resource.email', 'resource.name'], 'resource.uri'),
  CLICKUP: get('/api/v2/user', ['user.email', 'user.username'], 'user.id'),
  MONDAY: post('/v2', graphql('{ me { id name email } }'), ['data.me.email', 'data.me.name'], 'data.me.id'),
  ZENDESK: get('/api/v2/users/me.json', ['user.email', 'user.name'], 'user.id'),
  INTERCOM: get('/me', ['email', 'name'], 'id'),
  FRESHDESK: get('/api/v2/agents/me', ['contact.email', 'contact.name'], 'id'),
  DISCORD: get('/users/@me', ['username', 'global_name'], 'id'),
  LINKEDIN: get('/v2/userinfo', ['email', 'name'], 'sub'),
};

/** The question of a provider, or null where none is known. */
export function questionOf(provider: string): ProviderQuestion | null {
  const key = provider.toUpperCase();
  return Object.hasOwn(questions, key) ? (questions[key] ?? null) : null;
}

/** An account at a provider. */
export interface ProviderAccount {
  /** For people to read: on one line, without what turns or hides text. */
  readonly name: string;
  /** Tells it from every other account of the provider. */
  readonly id: string;
}

const nameMaxLength = 100;
const idMaxLength = 500;

function fieldOf(answer: unknown, field: string): string | null {
  let value = answer;
  for (const part of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return null;
    value = (value as Record<string, unknown>)[part];
  }
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function together(answer: unknown, fields: readonly string[]): readonly string[] | null {
  const values = fields.map((field) => fieldOf(answer, field));
  return values.every((value) => value !== null) ? values : null;
}

function nameIn(answer: unknown, names: ProviderQuestion['name']): string {
  for (const fields of names) {
    const values = together(answer, typeof fields === 'string' ? [fields] : fields) ?? [];
    const name = inOneLine(values.map(inOneLine).join(' · '));
    if (name !== '') return [...name].slice(0, nameMaxLength).join('');
  }
  return '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Reads an answer, which is not trusted. @returns null when it does not tell an account */
export function readProviderAccount({ name, id }: ProviderQuestion, text: string): ProviderAccount | null {
  const answer = parsed(text);
  const shown = nameIn(answer, name);
  const ids = together(answer, id);
  if (shown === '' || ids === null) return null;
  const whole = JSON.stringify(ids);
  return whole.length > idMaxLength ? null : { name: shown, id: whole };
}
