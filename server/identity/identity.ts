import type { SignInSettings } from '../config/signInSettings.js';
import type { IdentifierCase } from '../kernel/identifier.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { ChangeEvents } from '../store/database/changeEvents.js';
import type { Db } from '../store/database/schema.js';
import { createLogoutStore } from '../store/logoutStore.js';
import { createRetiredStore } from '../store/retiredStore.js';
import { SessionStore } from '../store/sessionStore.js';
import { createSubjectStore } from '../store/subjectStore.js';
import { createUserStore } from '../store/userStore.js';
import { createApiClients } from './clients/apiClients.js';
import { createIdentifiers } from './identifierCase.js';
import { createOpenidProvider, type OpenidLogger } from './signIn/openidProvider.js';
import { createSignInTryStore } from './signIn/signInTryStore.js';
import { createSignInWatchStore } from './signIn/signInWatchStore.js';

export interface IdentityDeps {
  readonly db: Db;
  readonly events: ChangeEvents;
  readonly audit: AuditTrail;
  readonly logger: OpenidLogger;
  readonly identifierCase: IdentifierCase;
  readonly settings: {
    readonly signIn: SignInSettings;
    /** In milliseconds. */
    readonly sessionLimits: { readonly idleMs: number; readonly maxMs: number };
    readonly publicUrl: string;
  };
}

/** Who is asking: users by their sessions, other apps by their keys. */
export function createIdentity({ db, events, audit, logger, identifierCase, settings }: IdentityDeps) {
  const { signIn, sessionLimits, publicUrl } = settings;
  return {
    sessionStore: new SessionStore(db, sessionLimits.idleMs, sessionLimits.maxMs),
    /** Null where users don't sign in at a provider. */
    openid: signIn.mode === 'oidc' ? createOpenidProvider(signIn.openid, publicUrl, logger) : null,
    signInTries: createSignInTryStore(db),
    signInWatches: createSignInWatchStore(db),
    logouts: createLogoutStore(db),
    users: createUserStore(db),
    subjects: createSubjectStore(db),
    retired: createRetiredStore(db, events),
    identifiers: createIdentifiers(db, identifierCase),
    apiClients: createApiClients({ db, events, audit }),
  };
}

export type Identity = ReturnType<typeof createIdentity>;
