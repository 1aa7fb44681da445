import type { Catalogue } from '../accounts/list/catalogue.js';
import { type ApiClient, mayAsk, type UrlKind } from '../identity/clients/apiClient.js';
import { isRegistered } from '../identity/clients/registeredUrls.js';
import { identifierFault } from '../kernel/identifier.js';
import { say, type Translate } from '../words/words.js';
import { addedParameters, hasAddedParameter } from './addresses.js';
import {
  type AskedConnection,
  type Metadata,
  type OnboardingSession,
  onceOpenMinutes,
} from './onboardingSession.js';
import type { RequestFault } from './refusals.js';

/**
 * What another app asks for, in the shape of the schema, but not yet known to be possible. An address is one of the
 * client's, or null for its first.
 */
export interface OnboardingRequest
  extends Pick<
    OnboardingSession,
    | 'identifier'
    | 'displayName'
    | 'connections'
    | 'returnUrl'
    | 'confirmUrl'
    | 'refreshUrl'
    | 'state'
    | 'userCheck'
  > {
  /** None when left out. */
  readonly metadata?: Metadata;
  /** How long its link can be opened, in minutes. */
  readonly openMinutes: number;
  /** The language of its pages, as a language tag; the user's own when left out. */
  readonly locale?: string;
}

/** What there is here. */
export interface Offers {
  readonly catalogue: Catalogue;
  /** Whether users can sign in to this app. */
  readonly signInOffered: boolean;
}

/** The allowed names, for a message whose reader has to write one of them exactly. */
const named = (t: Translate, names: readonly string[]) => names.join(', ') || t('api.none');

function identifierFaults(value: string): RequestFault[] {
  const fault = identifierFault(value);
  if (fault === null) return [];
  return [
    {
      field: 'identifier',
      code: `identifier_${fault}`,
      detail: say(`api.onboarding.fields.identifier.${fault}`),
    },
  ];
}

function connectionFaults(asked: readonly AskedConnection[], catalogue: Catalogue): RequestFault[] {
  const offered = catalogue.shown.map(({ connection }) => connection.name);
  return asked.flatMap(({ name }, index): RequestFault[] => {
    const field = `connections[${index}].name`;
    const entry = catalogue.find(name);
    if (entry === undefined) {
      return [
        {
          field,
          code: 'connection_unknown',
          detail: (t) => t('api.onboarding.fields.connectionUnknown', { known: named(t, offered) }),
        },
      ];
    }
    if (!entry.offered && !entry.needsNothing) {
      return [
        { field, code: 'connection_not_offered', detail: say('api.onboarding.fields.connectionNotOffered') },
      ];
    }
    const first = asked.findIndex((one) => one.name === name);
    return first === index
      ? []
      : [{ field, code: 'connection_duplicate', detail: say('api.onboarding.fields.connectionDuplicate') }];
  });
}

function addressFaults(
  client: ApiClient,
  field: 'return_url' | 'confirm_url' | 'refresh_url',
  kind: UrlKind,
  address: string | null,
): RequestFault[] {
  if (address === null) return [];
  if (!isRegistered(client[kind], address)) {
    return [
      {
        field,
        code: `${field}_unregistered`,
        detail: (t) => t('api.onboarding.fields.urlUnregistered', { registered: named(t, client[kind]) }),
      },
    ];
  }
  if (field === 'refresh_url' || !hasAddedParameter(address)) return [];
  const names = Object.values(addedParameters);
  return [
    {
      field,
      code: `${field}_reserved`,
      detail: (t) => t('api.onboarding.fields.urlReserved', { names: named(t, names) }),
    },
  ];
}

function checkFaults(
  client: ApiClient,
  { userCheck }: OnboardingRequest,
  signInOffered: boolean,
): RequestFault[] {
  const field = 'user_check';
  if (!mayAsk(client, userCheck)) {
    return [
      { field, code: 'user_check_not_allowed', detail: say('api.onboarding.fields.userCheckNotAllowed') },
    ];
  }
  if (userCheck === 'confirm' && client.confirmUrls.length === 0) {
    return [{ field, code: 'confirm_url_missing', detail: say('api.onboarding.fields.confirmUrlMissing') }];
  }
  if (userCheck === 'sign_in' && !signInOffered) {
    return [{ field, code: 'sign_in_unavailable', detail: say('api.onboarding.fields.signInUnavailable') }];
  }
  return [];
}

/** Whoever opens a link that is not used up by that has to be checked. */
function openFaults({ userCheck, openMinutes }: OnboardingRequest): RequestFault[] {
  if (userCheck !== 'none' || openMinutes <= onceOpenMinutes) return [];
  return [
    {
      field: 'open_minutes',
      code: 'open_minutes_unchecked',
      detail: say('api.onboarding.fields.openMinutesUnchecked', { most: onceOpenMinutes }),
    },
  ];
}

/** All faults of a request, each with its field. */
export function faultsOf(client: ApiClient, request: OnboardingRequest, offers: Offers): RequestFault[] {
  const confirmUrl = request.confirmUrl ?? (request.userCheck === 'confirm' ? client.confirmUrls[0] : null);
  return [
    ...identifierFaults(request.identifier),
    ...connectionFaults(request.connections, offers.catalogue),
    ...addressFaults(client, 'return_url', 'returnUrls', request.returnUrl),
    ...checkFaults(client, request, offers.signInOffered),
    ...openFaults(request),
    ...addressFaults(client, 'confirm_url', 'confirmUrls', confirmUrl ?? null),
    ...addressFaults(client, 'refresh_url', 'refreshUrls', request.refreshUrl),
  ];
}
