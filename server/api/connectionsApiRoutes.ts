import { Router } from 'express';
import type { CatalogueEntry, CatalogueReader } from '../accounts/list/catalogue.js';
import { type LogoFiles, logoOf, symbolFile } from '../accounts/list/logos.js';
import { queryParam } from '../http/params.js';
import type { ApiClientGuard } from '../identity/clients/apiClientGuard.js';
import { apiRoutes as routes } from '../paths.js';
import type { Dictionary, Translate } from '../words/words.js';
import { refuseOtherParameters } from './apiRequests.js';
import type { ConnectionsAnswer } from './connectionsApiSchemas.js';

export interface ConnectionsApiDeps {
  readonly catalogue: Pick<CatalogueReader, 'read'>;
  readonly logoFiles: LogoFiles;
  readonly dictionary: Dictionary;
}

/** What a host shows of each connection, for a list of its own. */
export function connectionsApiRoutes(deps: ConnectionsApiDeps, guard: ApiClientGuard): Router {
  const { catalogue, logoFiles, dictionary } = deps;
  const router = Router();

  /** The logo as an address that needs no request, or null where a letter stands for it. */
  async function logoUrlOf(entry: CatalogueEntry): Promise<string | null> {
    const own = await logoFiles.of(entry).catch(() => null);
    if (own !== null) return `data:${own.type};base64,${own.body.toString('base64')}`;
    const logo = logoOf(entry, entry.title, '');
    if (logo.kind !== 'symbol') return null;
    return `data:image/svg+xml;base64,${Buffer.from(symbolFile(logo.key)).toString('base64')}`;
  }

  async function answerOf(
    t: Translate,
    entry: CatalogueEntry,
  ): Promise<ConnectionsAnswer['connections'][number]> {
    return {
      name: entry.connection.name,
      title: entry.title,
      description: entry.description?.(t) || null,
      kind: entry.needsNothing ? 'none' : entry.connection.kind === 'static' ? 'key' : 'sign_in',
      category: entry.category?.(t) || null,
      logo: await logoUrlOf(entry),
    };
  }

  router.get(routes.connections, guard.requireClient(null), async (request, response) => {
    refuseOtherParameters(request, ['locale']);
    const asked = queryParam(request, 'locale', 35);
    const t = dictionary.in(dictionary.closest([asked ?? '']) ?? dictionary.fallback);
    const { shown } = await catalogue.read();
    const answer: ConnectionsAnswer = {
      connections: await Promise.all(shown.map((entry) => answerOf(t, entry))),
    };
    response.json(answer);
  });

  return router;
}
