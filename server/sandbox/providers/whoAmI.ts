import { codeOf, type Person, uuidOf } from './person.js';

/** A call to a provider's API, as it came through the proxy. */
export interface ProviderCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Handler = (person: Person, call: ProviderCall) => unknown;

/** Handlers by method and path. What a handler gives is the body of a 200, unless it is `Refused`. */
type Routes = Readonly<Record<string, Handler>>;

class Refused {
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {}
}

const domainOf = ({ account }: Person) => account.split('@', 2)[1] ?? 'example.com';

const googleUser: Handler = (person) => ({
  sub: `1${person.number}${person.number}`,
  name: person.name,
  given_name: person.givenName,
  family_name: person.familyName,
  email: person.account,
  email_verified: true,
});
const googleRoutes: Routes = {
  'GET /oauth2/v3/userinfo': googleUser,
  'GET /v1/userinfo': googleUser,
};

const microsoftUser: Handler = (person) => ({
  '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#users/$entity',
  id: uuidOf(person),
  displayName: person.name,
  givenName: person.givenName,
  surname: person.familyName,
  userPrincipalName: person.account,
  mail: person.account,
  jobTitle: null,
  businessPhones: [],
});
const microsoftRoutes: Routes = { 'GET /v1.0/me': microsoftUser };

const atlassianUser: Handler = (person) => ({
  self: `https://api.atlassian.com/ex/jira/${uuidOf(person)}/rest/api/3/user?accountId=${person.hex.slice(0, 24)}`,
  accountId: person.hex.slice(0, 24),
  accountType: 'atlassian',
  emailAddress: person.account,
  displayName: person.name,
  active: true,
  timeZone: 'Europe/Paris',
  locale: 'en_US',
});
const atlassianRoutes: Routes = {
  'GET /me': (person) => ({
    account_type: 'atlassian',
    account_id: person.hex.slice(0, 24),
    email: person.account,
    name: person.name,
    nickname: person.handle,
    account_status: 'active',
    locale: 'en-US',
  }),
  'GET /oauth/token/accessible-resources': (person) => [
    {
      id: uuidOf(person),
      url: 'https://sandbox.atlassian.net',
      name: 'sandbox',
      scopes: ['read:jira-work', 'read:jira-user'],
    },
  ],
  'GET /rest/api/3/myself': atlassianUser,
  'GET /ex/jira/*/rest/api/3/myself': atlassianUser,
  'GET /wiki/rest/api/user/current': (person) => ({
    type: 'known',
    accountId: person.hex.slice(0, 24),
    accountType: 'atlassian',
    email: person.account,
    publicName: person.name,
    displayName: person.name,
  }),
};

const slackTest: Handler = (person) => ({
  ok: true,
  url: 'https://sandbox.slack.com/',
  team: 'Sandbox',
  user: person.handle,
  team_id: 'T0SANDBOX01',
  user_id: `U${codeOf(person, 10)}`,
  is_enterprise_install: false,
});

/** Answers a query for the fields of one object, and refuses any other, as GraphQL does: with a 200. */
const graphql =
  (field: string, object: (person: Person) => object): Handler =>
  (person, { body }) =>
    new RegExp(`\\b${field}\\b`).test(body)
      ? { data: { [field]: object(person) } }
      : { errors: [{ message: `Cannot query anything but ${field} in the sandbox` }] };

const linearRoutes: Routes = {
  'POST /graphql': graphql('viewer', (person) => ({
    id: uuidOf(person),
    name: person.name,
    displayName: person.handle,
    email: person.account,
  })),
};

const salesforceUser: Handler = (person) => {
  const organization = '00D5g00000SANDBOXA';
  const user = `0055g00000${codeOf(person, 8)}`;
  return {
    sub: `https://login.salesforce.com/id/${organization}/${user}`,
    user_id: user,
    organization_id: organization,
    preferred_username: person.account,
    nickname: person.handle,
    name: person.name,
    given_name: person.givenName,
    family_name: person.familyName,
    email: person.account,
    email_verified: true,
    user_type: 'STANDARD',
    language: 'en_US',
  };
};

/** Where each provider tells whose account it is, by Scalekit's keys of the providers. */
const routesOfProviders: Readonly<Record<string, Routes>> = {
  GMAIL: {
    ...googleRoutes,
    'GET /gmail/v1/users/me/profile': ({ account, number }) => ({
      emailAddress: account,
      messagesTotal: number % 20_000,
      threadsTotal: number % 9_000,
      historyId: String(number),
    }),
  },
  GOOGLECALENDAR: {
    ...googleRoutes,
    'GET /calendar/v3/calendars/primary': ({ account, hex }) => ({
      kind: 'calendar#calendar',
      etag: `"${hex.slice(0, 16)}"`,
      id: account,
      summary: account,
      timeZone: 'Europe/Paris',
    }),
    'GET /calendar/v3/users/me/calendarList/primary': ({ account, hex }) => ({
      kind: 'calendar#calendarListEntry',
      etag: `"${hex.slice(0, 16)}"`,
      id: account,
      summary: account,
      timeZone: 'Europe/Paris',
      accessRole: 'owner',
      primary: true,
    }),
  },
  GOOGLEDRIVE: {
    ...googleRoutes,
    'GET /drive/v3/about': (person, { query }) => {
      if (!query.get('fields')) {
        const message = "The 'fields' parameter is required for this method.";
        return new Refused(400, { error: { code: 400, message } });
      }
      return {
        user: {
          kind: 'drive#user',
          displayName: person.name,
          me: true,
          permissionId: `0${person.number}`,
          emailAddress: person.account,
        },
      };
    },
  },
  GOOGLEDOCS: googleRoutes,
  GOOGLESHEETS: googleRoutes,
  GOOGLEMEET: googleRoutes,
  OUTLOOK: microsoftRoutes,
  ONEDRIVE: microsoftRoutes,
  ONENOTE: microsoftRoutes,
  MICROSOFT365: microsoftRoutes,
  MICROSOFTEXCEL: microsoftRoutes,
  MICROSOFTTEAMS: microsoftRoutes,
  MICROSOFTWORD: microsoftRoutes,
  SHAREPOINT: microsoftRoutes,
  SLACK: { 'GET /api/auth.test': slackTest, 'POST /api/auth.test': slackTest },
  GITHUB: {
    'GET /user': (person) => ({
      login: person.handle,
      id: person.number,
      node_id: `U_${person.hex.slice(0, 12)}`,
      html_url: `https://github.com/${person.handle}`,
      type: 'User',
      name: person.name,
      company: null,
      email: person.account,
    }),
  },
  GITLAB: {
    'GET /api/v4/user': (person) => ({
      id: person.number,
      username: person.handle,
      name: person.name,
      state: 'active',
      email: person.account,
      web_url: `https://gitlab.com/${person.handle}`,
    }),
  },
  BITBUCKET: {
    'GET /2.0/user': (person) => ({
      type: 'user',
      uuid: `{${uuidOf(person)}}`,
      account_id: person.hex.slice(0, 24),
      username: person.handle,
      display_name: person.name,
    }),
  },
  NOTION: {
    'GET /v1/users/me': (person) => ({
      object: 'user',
      id: uuidOf({ ...person, hex: [...person.hex].reverse().join('') }),
      name: 'Sandbox integration',
      avatar_url: null,
      type: 'bot',
      bot: {
        owner: {
          type: 'user',
          user: {
            object: 'user',
            id: uuidOf(person),
            name: person.name,
            avatar_url: null,
            type: 'person',
            person: { email: person.account },
          },
        },
        workspace_name: `${person.givenName}’s Notion`,
      },
    }),
  },
  SALESFORCE: { 'GET /services/oauth2/userinfo': salesforceUser },
  HUBSPOT: {
    'GET /account-info/v3/details': ({ number }) => ({
      portalId: number,
      accountType: 'STANDARD',
      timeZone: 'Europe/Paris',
      companyCurrency: 'EUR',
      uiDomain: 'app.hubspot.com',
      dataHostingLocation: 'eu1',
    }),
    'GET /integrations/v1/me': ({ number }) => ({
      portalId: number,
      timeZone: 'Europe/Paris',
      currency: 'EUR',
    }),
  },
  LINEAR: linearRoutes,
  JIRA: atlassianRoutes,
  CONFLUENCE: atlassianRoutes,
  ASANA: {
    'GET /api/1.0/users/me': (person) => ({
      data: {
        gid: `12${person.number}`,
        resource_type: 'user',
        name: person.name,
        email: person.account,
        photo: null,
        workspaces: [{ gid: '1200000000000001', resource_type: 'workspace', name: domainOf(person) }],
      },
    }),
  },
  AIRTABLE: {
    'GET /v0/meta/whoami': (person) => ({
      id: `usr${person.hex.slice(0, 14)}`,
      email: person.account,
      scopes: ['user.email:read', 'data.records:read'],
    }),
  },
  ZOOM: {
    'GET /v2/users/me': (person) => ({
      id: person.hex.slice(0, 22),
      first_name: person.givenName,
      last_name: person.familyName,
      display_name: person.name,
      email: person.account,
      type: 2,
      role_name: 'Member',
      account_id: 'sandbox-zoom-account',
      status: 'active',
    }),
  },
  DROPBOX: {
    'POST /2/users/get_current_account': (person) => ({
      account_id: `dbid:${person.hex.slice(0, 35)}`,
      name: {
        given_name: person.givenName,
        surname: person.familyName,
        familiar_name: person.givenName,
        display_name: person.name,
        abbreviated_name: person.givenName.charAt(0) + person.familyName.charAt(0),
      },
      email: person.account,
      email_verified: true,
      disabled: false,
      country: 'FR',
      locale: 'en',
      account_type: { '.tag': 'basic' },
    }),
  },
  BOX: {
    'GET /2.0/users/me': (person) => ({
      type: 'user',
      id: String(person.number),
      name: person.name,
      login: person.account,
      status: 'active',
    }),
  },
  TRELLO: {
    'GET /1/members/me': (person) => ({
      id: person.hex.slice(0, 24),
      username: person.handle,
      fullName: person.name,
      email: person.account,
      url: `https://trello.com/${person.handle}`,
    }),
  },
  FIGMA: {
    'GET /v1/me': (person) => ({
      id: String(person.number),
      email: person.account,
      handle: person.name,
      img_url: '',
    }),
  },
  CALENDLY: {
    'GET /users/me': (person) => ({
      resource: {
        uri: `https://api.calendly.com/users/${person.hex.slice(0, 16)}`,
        name: person.name,
        slug: person.handle,
        email: person.account,
        timezone: 'Europe/Paris',
      },
    }),
  },
  CLICKUP: {
    'GET /api/v2/user': (person) => ({
      user: { id: person.number, username: person.name, email: person.account, color: '#7a4b00' },
    }),
  },
  MONDAY: {
    'POST /v2': graphql('me', (person) => ({
      id: String(person.number),
      name: person.name,
      email: person.account,
    })),
  },
  ZENDESK: {
    'GET /api/v2/users/me.json': (person) => ({
      user: { id: person.number, name: person.name, email: person.account, role: 'agent', active: true },
    }),
  },
  INTERCOM: {
    'GET /me': (person) => ({
      type: 'admin',
      id: String(person.number),
      name: person.name,
      email: person.account,
      app: { type: 'app', id_code: 'sandbox', name: 'Sandbox' },
    }),
  },
  FRESHDESK: {
    'GET /api/v2/agents/me': (person) => ({
      id: person.number,
      type: 'support_agent',
      available: true,
      contact: { name: person.name, email: person.account, active: true },
    }),
  },
  DISCORD: {
    'GET /users/@me': (person) => ({
      id: `1${person.number}00000000`,
      username: person.handle,
      global_name: person.name,
      email: person.account,
      verified: true,
    }),
  },
  LINKEDIN: {
    'GET /v2/userinfo': (person) => ({
      sub: person.hex.slice(0, 10),
      name: person.name,
      given_name: person.givenName,
      family_name: person.familyName,
      email: person.account,
      email_verified: true,
    }),
  },
};

const notFound: Answer = { status: 404, body: { error: { code: 404, message: 'Not Found' } } };

/** What a provider answers to a call about its user. Any other call finds nothing: there is no provider behind it. */
export function answerOf(provider: string, person: Person, call: ProviderCall): Answer {
  const routes = routesOfProviders[provider.toUpperCase()] ?? {};
  const path = call.path.replace(/^\/ex\/jira\/[^/]+\//, '/ex/jira/*/');
  const route = `${call.method} ${path}`;
  const handler = Object.hasOwn(routes, route) ? routes[route] : undefined;
  if (!handler) return notFound;
  const body = handler(person, call);
  return body instanceof Refused ? body : { status: 200, body };
}
