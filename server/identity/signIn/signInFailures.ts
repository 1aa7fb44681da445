import { DomainError, type LogLevel, type NextStep } from '../../kernel/errors.js';
import { paths } from '../../paths.js';
import { type Translate, told } from '../../words/words.js';

/** `again` starts over; `another` also asks the provider not to take the same account at once. */
type Next = 'again' | 'another' | 'usual';

interface SignInFailureRow {
  readonly status: number;
  readonly level: LogLevel;
  readonly next: Next;
}

const signInFailureTable = {
  denied: { status: 403, level: 'info', next: 'again' },
  state_unknown: { status: 400, level: 'info', next: 'usual' },
  other_browser: { status: 403, level: 'warn', next: 'usual' },
  try_expired: { status: 400, level: 'info', next: 'again' },
  code_refused: { status: 400, level: 'info', next: 'again' },
  policy_refused: { status: 403, level: 'warn', next: 'again' },
  other_tenant: { status: 403, level: 'warn', next: 'another' },
  clock_skew: { status: 502, level: 'error', next: 'again' },
  answer_not_trusted: { status: 502, level: 'error', next: 'again' },
  signed_with_secret: { status: 502, level: 'error', next: 'again' },
  userinfo_refused: { status: 502, level: 'error', next: 'again' },
  claim_missing: { status: 403, level: 'error', next: 'another' },
  email_unverified: { status: 403, level: 'info', next: 'another' },
  email_unsaid: { status: 403, level: 'error', next: 'another' },
  identifier_unusable: { status: 403, level: 'warn', next: 'another' },
  other_subject: { status: 403, level: 'warn', next: 'another' },
  retired: { status: 403, level: 'info', next: 'another' },
  provider_unreachable: { status: 503, level: 'warn', next: 'again' },
  provider_error: { status: 502, level: 'warn', next: 'again' },
  operator_settings: { status: 502, level: 'error', next: 'again' },
} as const satisfies Readonly<Record<string, SignInFailureRow>>;

/** Why a sign-in at the OpenID provider failed. */
export type SignInFailureCode = keyof typeof signInFailureTable;

/** Thrown where a sign-in fails; the routes turn it into its page. */
export class SignInRefusal extends Error {
  override readonly name = 'SignInRefusal';

  /** The user that it is about, where that is known. */
  readonly identifier: string | null;

  /**
   * @param detail what to write down besides the code, such as the name of a claim; nothing secret
   */
  constructor(
    readonly code: SignInFailureCode,
    readonly detail: string | null = null,
    { identifier = null, ...options }: { readonly cause?: unknown; readonly identifier?: string | null } = {},
  ) {
    super(detail === null ? code : `${code}: ${detail}`, options);
    this.identifier = identifier;
  }
}

function nextStepsOf(t: Translate, next: Next, returnTo: string | null): NextStep[] {
  switch (next) {
    case 'again':
      return [
        {
          label: t('common.actions.tryAgain'),
          url: paths.signInAndReturn(returnTo),
          method: 'get',
          filled: true,
        },
      ];
    case 'another':
      return [
        {
          label: t('common.actions.signInAsAnother'),
          url: paths.signInAsAnother(returnTo),
          method: 'get',
          filled: true,
        },
      ];
    // To the sign-in, or to the accounts of whoever is signed in already.
    case 'usual':
      return [];
  }
}

/** A refusal as an error that ends a request with its page. @param returnTo where the sign-in would have led */
function signInFailure(refusal: SignInRefusal, returnTo: string | null): DomainError {
  const { status, level, next } = signInFailureTable[refusal.code];
  return new DomainError({
    code: `sign_in_${refusal.code}`,
    status,
    level,
    told: told(`identity.signInFailures.${refusal.code}`),
    nextSteps: (t) => nextStepsOf(t, next, returnTo),
    cause: refusal,
  });
}

/** Runs a step of a sign-in; a refusal of it becomes the page that says so. */
export async function orFailure<T>(returnTo: string | null, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw error instanceof SignInRefusal ? signInFailure(error, returnTo) : error;
  }
}
