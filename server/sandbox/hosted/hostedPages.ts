import express, { type Request, type Response, type Router } from 'express';
import type { Environment } from '../environment.js';
import type { Connection } from '../model.js';
import type { Authorizations, Link } from './authorization.js';
import { answerConsent, consentOutcomes, type Destination, isConsentOutcome } from './consent.js';
import { credentialFields, typedCredentials } from './credentials.js';
import { type EndingName, endings } from './hostedTexts.js';

interface OpenLink {
  readonly link: Link;
  readonly connection: Connection;
}

/** The pages that an authorization link opens. Opening uses nothing up; submitting does, and works once. */
export function hostedPages(
  environment: Environment,
  authorizations: Authorizations,
  closing: AbortSignal,
): Router {
  const router = express.Router();
  const form = express.urlencoded({ extended: false, limit: '20kb' });

  /** The link of the address if it is still valid. Otherwise sends its error page and returns undefined. */
  const openLink = (request: Request, response: Response): OpenLink | undefined => {
    const link = authorizations.findLink(String(request.params.token));
    const found = usable(environment, authorizations, link);
    if (typeof found !== 'string') return found;
    renderEnding(response, found);
    return undefined;
  };

  router.get('/magicLink/:token', (request, response) => {
    const open = openLink(request, response);
    if (open) renderLinkPage(response, open);
  });

  router.post('/magicLink/:token', form, async (request, response) => {
    const open = openLink(request, response);
    if (!open) return;
    const { link, connection } = open;
    const body: Readonly<Record<string, unknown>> = request.body ?? {};
    if (connection.type !== 'OAUTH') {
      const fault = submitCredentials(authorizations, open, body);
      if (fault) renderLinkPage(response.status(422), open, fault);
      else finish(response, link, { ending: 'connected' });
    } else if (isConsentOutcome(body.outcome)) {
      link.used = true;
      finish(response, link, await answerConsent(environment, authorizations, link, body.outcome, closing));
    } else {
      renderLinkPage(response.status(422), open);
    }
  });

  router.get('/magicLink/:token/done', (request, response) => {
    const link = authorizations.findLink(String(request.params.token));
    renderEnding(response, link?.ending ?? 'link_unknown');
  });

  router.get('/verified', (_request, response) => renderEnding(response, 'verified'));
  return router;
}

function usable(
  environment: Environment,
  authorizations: Authorizations,
  link: Link | undefined,
): OpenLink | EndingName {
  if (!link) return 'link_unknown';
  if (link.used) return 'link_used';
  if (link.expiresAt <= Date.now()) return 'link_expired';
  if (!authorizations.exists(link.account)) return 'account_gone';
  const connection = environment.connections.get(link.account.connectionName);
  if (!connection?.enabled || !connection.configured) return 'connection_unavailable';
  return { link, connection };
}

/** @returns what is wrong with the credentials, or undefined when they are accepted and the account is active */
function submitCredentials(
  authorizations: Authorizations,
  { link, connection }: OpenLink,
  body: Readonly<Record<string, unknown>>,
): string | undefined {
  const typed = credentialFields[connection.type].map(({ name, label }) => ({
    name,
    label,
    value: body[name],
  }));
  const empty = typed.find(({ value }) => typeof value !== 'string' || value.trim() === '');
  if (empty) return `${empty.label}: enter a value.`;
  if (body.reject) return 'The provider rejected these credentials. Check them and try again.';
  link.used = true;
  authorizations.activate(
    link.account,
    typedCredentials(Object.fromEntries(typed.map(({ name, value }) => [name, String(value)]))),
  );
  return undefined;
}

function finish(response: Response, link: Link, destination: Destination): void {
  if ('redirect' in destination) {
    response.redirect(303, destination.redirect);
    return;
  }
  link.ending = destination.ending;
  response.redirect(303, `/magicLink/${link.token}/done`);
}

function renderLinkPage(response: Response, { link, connection }: OpenLink, fault?: string): void {
  const { allow, deny, ...simulations } = consentOutcomes;
  const page = connection.type === 'OAUTH' ? 'consent' : 'credentials';
  response.render(page, {
    title: `Connect ${connection.title}`,
    connection,
    identifier: link.account.identifier,
    action: `/magicLink/${link.token}`,
    allow,
    deny,
    simulations,
    fields: credentialFields[connection.type],
    fault,
  });
}

function renderEnding(response: Response, name: EndingName): void {
  const ending = endings[name];
  response.status(ending.status).render('ending', { ...ending, name });
}
