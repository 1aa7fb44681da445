import express, { type Request, type Response, type Router } from 'express';
import { authorizedBy } from '../connectionTypes.js';
import type { Environment } from '../environment.js';
import type { Account, Connection, VerificationMode } from '../model.js';
import { providerAccountOf, providerAccountsFor } from '../providers/person.js';
import type { Authorizations, Link } from './authorization.js';
import {
  answerConsent,
  type ConsentAnswer,
  consentOutcomes,
  type Destination,
  isConsentOutcome,
} from './consent.js';
import type { ProviderError } from './consentFaults.js';
import { fieldsOf, typedCredentials } from './credentials.js';
import { type EndingName, endings } from './hostedTexts.js';

/** A form as it was posted. */
type Fields = Readonly<Record<string, unknown>>;

interface OpenLink {
  readonly link: Link;
  readonly connection: Connection;
  readonly verification: VerificationMode;
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

  const submitConsent = async (response: Response, open: OpenLink, body: Fields) => {
    const { link } = open;
    const answer = consentOf(body, link.account);
    if (!answer) {
      renderLinkPage(response.status(422), open, 'Choose one of the answers, or enter an error code.');
      return;
    }
    link.used = true;
    finish(response, link, await answerConsent(environment, authorizations, link, answer, closing));
  };

  const submitForm = (response: Response, open: OpenLink, body: Fields) => {
    const fault = submitCredentials(authorizations, open, body);
    if (fault) renderLinkPage(response.status(422), open, fault);
    else finish(response, open.link, { ending: 'connected' });
  };

  router.get('/magicLink/:token', (request, response) => {
    const open = openLink(request, response);
    if (open) renderLinkPage(response, open);
  });

  router.post('/magicLink/:token', form, async (request, response) => {
    const open = openLink(request, response);
    if (!open) return;
    const body: Fields = request.body ?? {};
    if (authorizedBy(open.connection) === 'consent') await submitConsent(response, open, body);
    else submitForm(response, open, body);
  });

  router.get('/magicLink/:token/done', (request, response) => {
    const link = authorizations.findLink(String(request.params.token));
    renderEnding(response, link?.ending ?? 'link_unknown', link?.error);
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
  return { link, connection, verification: environment.verification };
}

const textOf = (value: unknown, atMost: number): string =>
  typeof value === 'string' && value.length <= atMost ? value.trim() : '';

/** What was chosen on a consent page, or undefined when it is not understood. */
function consentOf(
  { outcome, account: entered, error, error_description }: Fields,
  account: Account,
): ConsentAnswer | undefined {
  const providerAccount = textOf(entered, 200) || providerAccountOf(account);
  if (isConsentOutcome(outcome)) return { outcome, providerAccount };
  const code = textOf(error, 200);
  if (code === '' || (outcome !== 'error' && outcome !== 'error_without_state')) return undefined;
  const description = textOf(error_description, 2000);
  const withoutState = outcome === 'error_without_state';
  return { outcome: { error: code, description, withoutState }, providerAccount };
}

/** @returns what is wrong with the credentials, or undefined when they are accepted and the account is active */
function submitCredentials(
  authorizations: Authorizations,
  { link, connection }: OpenLink,
  body: Fields,
): string | undefined {
  const typed = fieldsOf(connection).map(({ name, label }) => ({
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
  link.error = destination.error;
  response.redirect(303, `/magicLink/${link.token}/done`);
}

function renderLinkPage(
  response: Response,
  { link, connection, verification }: OpenLink,
  fault?: string,
): void {
  const { allow, deny, not_scalekit_user, ...others } = consentOutcomes;
  const simulations = verification === 'scalekit' ? { ...others, not_scalekit_user } : others;
  const { account } = link;
  const providerAccount = providerAccountOf(account);
  const page = authorizedBy(connection) === 'consent' ? 'consent' : 'credentials';
  response.render(page, {
    title: `Connect ${connection.title}`,
    connection,
    identifier: account.identifier,
    providerAccount,
    otherAccount: providerAccountsFor(account.identifier).find((other) => other !== providerAccount),
    action: `/magicLink/${link.token}`,
    allow,
    deny,
    simulations,
    fields: fieldsOf(connection),
    fault,
  });
}

function renderEnding(response: Response, name: EndingName, error?: ProviderError): void {
  const ending = endings[name];
  response.status(ending.status).render('ending', { ...ending, name, error });
}
