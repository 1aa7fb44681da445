import type { z } from 'zod';
import type { AccountView } from '../model.js';
import type { SandboxControl } from './control.js';
import type { connectionInput, settingsInput } from './controlInput.js';
import * as input from './controlInput.js';

/** The actions on one account, for the API and the page. */
export const accountActions = ['expire', 'refresh', 'revoke', 'activate', 'delete'] as const;
export type AccountAction = (typeof accountActions)[number];

export const isAccountAction = (action: unknown): action is AccountAction =>
  (accountActions as readonly unknown[]).includes(action);

/** @returns the account as it is now, or nothing once it is deleted */
export function actOnAccount(
  control: SandboxControl,
  action: AccountAction,
  body: unknown,
): AccountView | undefined {
  const { connectionName, identifier } = input.accountKey.parse(body);
  switch (action) {
    case 'expire':
      return control.expire(connectionName, identifier);
    case 'refresh':
      return control.refresh(connectionName, identifier);
    case 'revoke':
      return control.revoke(connectionName, identifier);
    case 'activate':
      return control.setAccount({ connectionName, identifier, status: 'ACTIVE' });
    case 'delete':
      control.remove(connectionName, identifier);
      return undefined;
  }
}

export function applySettings(control: SandboxControl, settings: z.infer<typeof settingsInput>): void {
  const { verification, linkLifetimeMs, linkMakesAccount, slowProviderMs } = settings;
  if (verification !== undefined) control.setVerification(verification);
  if (linkLifetimeMs !== undefined) control.setLinkLifetime(linkLifetimeMs);
  if (linkMakesAccount !== undefined) control.setLinkMakesAccount(linkMakesAccount);
  if (slowProviderMs !== undefined) control.setSlowProvider(slowProviderMs);
}

export function applyConnection(
  control: SandboxControl,
  { name, ...changes }: z.infer<typeof connectionInput>,
) {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return control.setConnection(name, given);
}
