import type { CatalogueEntry } from '../accounts/list/catalogue.js';
import { DomainError, type FieldFault } from '../kernel/errors.js';
import { say, type Translate, told } from '../words/words.js';

/** Why a request about an onboarding, or a user, is refused as a whole, and with what status. */
const statuses = {
  onboarding_unknown: 404,
  onboarding_not_started: 409,
  onboarding_ended: 409,
  onboarding_confirmed: 409,
  confirm_not_expected: 409,
  nonce_unknown: 403,
  other_user: 403,
  idempotency_key_invalid: 400,
  idempotency_key_reused: 422,
  content_type_unsupported: 415,
  body_unreadable: 400,
  address_not_allowed: 403,
  sign_in_unavailable: 409,
  identifier_retired: 409,
} as const;

export type OnboardingRefusal = keyof typeof statuses;
export const refusalCodes = Object.keys(statuses) as readonly OnboardingRefusal[];

/** What can be wrong with a field of a request of another app. */
export const fieldCodes = [
  'field_missing',
  'field_unknown',
  'field_invalid',
  'identifier_blank',
  'identifier_too_long',
  'identifier_untrimmed',
  'identifier_dots',
  'identifier_odd_characters',
  'connection_unknown',
  'connection_not_offered',
  'connection_duplicate',
  'return_url_unregistered',
  'return_url_reserved',
  'confirm_url_unregistered',
  'confirm_url_reserved',
  'confirm_url_missing',
  'refresh_url_unregistered',
  'user_check_not_allowed',
  'sign_in_unavailable',
  'open_minutes_unchecked',
  'address_invalid',
] as const;

/** A part of a request of another app that is at fault. */
export interface RequestFault extends FieldFault {
  readonly code: (typeof fieldCodes)[number];
}

export const onboardingRefusal = (code: OnboardingRefusal): DomainError =>
  new DomainError({
    code,
    status: statuses[code],
    level: code === 'other_user' ? 'warn' : 'info',
    told: told(`api.refusals.${code}`),
  });

/** `other_user`, of an onboarding that goes on waiting for its own user. */
export const otherUserOfLink = (): DomainError =>
  new DomainError({
    code: 'other_user',
    status: statuses.other_user,
    level: 'warn',
    told: told('api.refusals.other_user_of_link'),
  });

const namesOf = (t: Translate, entries: readonly CatalogueEntry[]) =>
  entries.map(({ connection }) => connection.name).join(', ') || t('api.none');

/** The path names a connection that does not exist. */
export const connectionUnknown = (name: string, offered: readonly CatalogueEntry[]): DomainError =>
  new DomainError({
    code: 'connection_unknown',
    status: 404,
    level: 'info',
    told: {
      heading: say('api.users.connectionUnknown.heading'),
      detail: (t) =>
        t('api.users.connectionUnknown.detail', { name: JSON.stringify(name), known: namesOf(t, offered) }),
    },
  });

/** Some fields of the request can't be used. The error takes its code from the first of them. */
export const fieldsRefused = (faults: readonly RequestFault[]): DomainError =>
  new DomainError({
    code: faults[0]?.code ?? 'field_invalid',
    status: 400,
    level: 'info',
    told: {
      heading: say('api.onboarding.fieldsHeading'),
      detail: (t) => faults.map(({ field, detail }) => `${field} ${detail(t)}`).join('\n'),
    },
    fields: faults,
  });
