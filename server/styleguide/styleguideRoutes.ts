import { wcagContrast } from 'culori';
import { type Request, Router } from 'express';
import { userPlace } from '../accounts/flow/flowPlace.js';
import { statusPage } from '../accounts/flow/statusPage.js';
import type { Catalogue, CatalogueReader } from '../accounts/list/catalogue.js';
import { listPage } from '../accounts/list/listPage.js';
import { type AccentTokens, accentNotes, contrastOn, themes } from '../brand/accent.js';
import type { Brand } from '../brand/brand.js';
import { notFound } from '../http/commonErrors.js';
import { pathParam, queryParam } from '../http/params.js';
import { currentPrincipal, requireUser } from '../identity/guards.js';
import { adminPaths, paths, routes } from '../paths.js';
import { isStatusSample, sampleAccounts, sampleFlow, statusSamples, withLongTitles } from './samples.js';

const tones = ['active', 'attention', 'broken', 'quiet'] as const;

export interface StyleguideDeps {
  readonly catalogue: CatalogueReader;
  readonly brand: Brand;
}

/** Each colour that the accent became, with how well it can be read. */
const coloursOf = ({ accent, accentHover, onAccent, accentInk, accentEdge }: AccentTokens) => [
  { use: 'Fills', colour: accent, against: onAccent, contrast: wcagContrast(accent, onAccent) },
  {
    use: 'Fills under the pointer',
    colour: accentHover,
    against: onAccent,
    contrast: wcagContrast(accentHover, onAccent),
  },
  ...themes.flatMap((theme) => [
    {
      use: `Text on ${theme} pages`,
      colour: accentInk[theme],
      against: theme,
      contrast: contrastOn(theme, accentInk[theme]),
    },
    {
      use: `Edges on ${theme} pages`,
      colour: accentEdge[theme],
      against: theme,
      contrast: contrastOn(theme, accentEdge[theme]),
    },
  ]),
];

/** Every component in every state, for those who change them. It is mounted in development only. */
export function styleguideRoutes({ brand, catalogue }: StyleguideDeps): Router {
  const router = Router();

  const isLong = (request: Request) => queryParam(request, 'titles') === 'long';

  async function connectionsFor(request: Request): Promise<Catalogue> {
    const offers = await catalogue.read();
    return isLong(request) ? withLongTitles(offers) : offers;
  }

  router.get(routes.styleguide, requireUser, async (request, response) => {
    const { t } = request;
    const { identifier } = currentPrincipal(request);
    const offers = await connectionsFor(request);
    const { answer, marks } = sampleAccounts(offers, identifier);
    const long = isLong(request);
    const { accounts } = answer.reading;
    const connectedNow = new Set(
      [...accounts.keys()].filter((name) => accounts.get(name)?.status === 'active'),
    );
    const news = { outcome: null, notice: null, connectedNow };
    response.render('styleguide/styleguide', {
      tones,
      title: offers.offered[0]?.title ?? '',
      identifier: long ? 'long'.repeat(25) : identifier,
      sections: listPage(t, offers, answer, news, marks, new Map()).sections,
      statuses: statusSamples.map((name) => ({ name, url: paths.styleguideStatus(name, long) })),
      other: long
        ? { label: 'Plain titles', url: paths.styleguide() }
        : { label: 'Long titles', url: paths.styleguide(true) },
    });
  });

  router.get(routes.styleguideBrand, requireUser, (_request, response) => {
    const { accent } = brand;
    response.render('styleguide/brand', {
      name: brand.name,
      assistant: brand.assistant ?? 'your assistant',
      notes: accent === null ? [] : accentNotes(accent),
      colours: accent === null ? [] : coloursOf(accent),
      pages: {
        'Sign-in': paths.signInAsAnother(null),
        Connections: paths.connections,
        'A user’s own page': paths.account,
        Language: paths.language,
        'A page that does not exist': '/nowhere',
        'What mails say': adminPaths.mailSamples(),
      },
    });
  });

  router.get(routes.styleguideStatus, requireUser, async (request, response) => {
    const name = pathParam(request, 'name');
    const [entry] = (await connectionsFor(request)).offered;
    if (!isStatusSample(name) || entry === undefined) throw notFound();
    const { identifier } = currentPrincipal(request);
    const view = sampleFlow(name, identifier, entry.connection.name);
    // It neither asks for news nor goes on: it is there to be looked at.
    const still = { pollUrl: null, eventsUrl: null, refresh: null };
    response.render('pages/status', {
      ...statusPage(request.t, view, entry, userPlace, brand.name),
      ...still,
    });
  });

  return router;
}
