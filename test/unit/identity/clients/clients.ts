import type { ClientSettings } from '../../../../server/identity/clients/apiClient.js';

/** What is set for a client of a test. */
export const someSettings = (changes: Partial<ClientSettings> = {}): ClientSettings => ({
  name: 'Acme Assistant',
  scopes: ['status:read'],
  returnUrls: ['https://acme.example/back'],
  confirmUrls: ['https://acme.example/confirm'],
  refreshUrls: [],
  moreUserChecks: [],
  mayGiveAddress: false,
  ...changes,
});
