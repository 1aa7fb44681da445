import type { Request } from 'express';
import { notFound } from '../../http/commonErrors.js';
import { pathParam } from '../../http/params.js';
import type { ApiClients, ClientWithKeys } from '../../identity/clients/apiClients.js';
import { DomainError } from '../../kernel/errors.js';
import { adminPaths } from '../../paths.js';
import { told } from '../../words/words.js';

/** The client was revoked meanwhile, so that nothing can be done to it. */
export const clientGone = (id: string) =>
  new DomainError({
    code: 'client_revoked',
    status: 409,
    level: 'info',
    told: told('adminClients.gone'),
    nextSteps: (t) => [
      { label: t('adminClients.heading'), url: adminPaths.client(id), method: 'get', filled: true },
    ],
  });

/** Finds the API client that an address names. */
export function createClientReading(apiClients: Pick<ApiClients, 'find'>) {
  async function clientOf(request: Request): Promise<ClientWithKeys> {
    const found = await apiClients.find(pathParam(request, 'id'));
    if (found === null) throw notFound();
    return found;
  }

  return {
    /** @throws DomainError when there is none */
    clientOf,
    /** @throws DomainError when there is none, or it is revoked */
    async liveClientOf(request: Request): Promise<ClientWithKeys> {
      const found = await clientOf(request);
      if (found.client.revokedAt !== null) throw clientGone(found.client.id);
      return found;
    },
  };
}

export type ClientReading = ReturnType<typeof createClientReading>;
