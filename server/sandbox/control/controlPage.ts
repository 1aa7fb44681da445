import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { connectionTypes } from '../connectionTypes.js';
import { accountStatuses, verificationModes } from '../model.js';
import { callNames } from '../rpc/calls.js';
import { webhookTypes } from '../webhooks/webhookEvents.js';
import type { SandboxControl } from './control.js';
import {
  accountActions,
  actOnAccount,
  applyConnection,
  applySettings,
  isAccountAction,
} from './controlActions.js';
import { callerFault } from './controlApi.js';
import * as input from './controlInput.js';
import { faultErrors, proxyAnswers } from './faults.js';

const accountsPerPage = 20;
const deliveriesShown = 20;

/** The control for people, under `/sandbox`. Every form answers 303 back to the page it came from. */
export function controlPage(control: SandboxControl, reset: () => void): Router {
  const router = express.Router();
  router.use(express.urlencoded({ extended: false, limit: '20kb' }));

  router.get('/', (request, response) => response.render('control', pageData(control, request)));
  router.post('/accounts', (request, response) => {
    const { action, connectionName, identifier, status, providerAccount } = fields(request);
    const key = { connectionName, identifier };
    if (isAccountAction(action)) actOnAccount(control, action, key);
    else control.setAccount(input.accountInput.parse({ ...key, status, providerAccount }));
    backToPage(request, response);
  });
  router.post('/connections', (request, response) => {
    const { enabled, ...connection } = fields(request);
    const changes = enabled === undefined ? connection : { ...connection, enabled: enabled === 'true' };
    applyConnection(control, input.connectionInput.parse(changes));
    backToPage(request, response);
  });
  router.post('/settings', (request, response) => {
    const { linkMakesAccount, ...settings } = fields(request);
    const makes = { linkMakesAccount: linkMakesAccount !== undefined };
    applySettings(control, input.settingsInput.parse({ ...settings, ...makes }));
    backToPage(request, response);
  });
  router.post('/faults', (request, response) => {
    const { lostAnswer, ...fault } = fields(request);
    control.fault(input.faultInput.parse({ ...fault, ...(lostAnswer && { lostAnswer: true }) }));
    backToPage(request, response);
  });
  router.post('/consents/faults', (request, response) => {
    const { withoutState, ...fault } = fields(request);
    control.consentFault(
      input.consentFaultInput.parse({ ...fault, ...(withoutState && { withoutState: true }) }),
    );
    backToPage(request, response);
  });
  router.post('/webhooks', (request, response) => {
    control.setWebhook(input.webhookInput.parse(fields(request)));
    backToPage(request, response);
  });
  router.post('/webhooks/emit', (request, response) => {
    const { type, connectionName, identifier } = input.emitInput.parse(fields(request));
    control.emit(type, connectionName, identifier);
    backToPage(request, response);
  });
  router.post('/webhooks/faults', (request, response) => {
    const { drop, withoutConnectionName, ...fault } = fields(request);
    control.webhookFault(
      input.webhookFaultInput.parse({
        ...fault,
        ...(drop && { drop: true }),
        ...(withoutConnectionName && { withoutConnectionName: true }),
      }),
    );
    backToPage(request, response);
  });
  const actions = {
    '/webhooks/off': () => control.setWebhook(null),
    '/webhooks/faults/clear': control.clearWebhookFaults,
    '/faults/clear': control.clearFaults,
    '/consents/faults/clear': control.clearConsentFaults,
    '/connections/forget': control.forgetConnections,
    '/calls/reset': control.resetCalls,
    '/reset': reset,
  };
  for (const [path, act] of Object.entries(actions)) {
    router.post(path, (request, response) => {
      act();
      backToPage(request, response);
    });
  }
  router.use(answerFault);
  return router;
}

/** The fields of a form that were filled in, without those that say which page it came from. */
function fields(request: Request): Record<string, string> {
  const body: Readonly<Record<string, unknown>> = request.body ?? {};
  return Object.fromEntries(
    Object.entries(body).filter(
      (field): field is [string, string] =>
        typeof field[1] === 'string' && field[1] !== '' && !['search', 'offset'].includes(field[0]),
    ),
  );
}

function pageData(control: SandboxControl, request: Request) {
  const { search, offset } = input.accountsQuery.parse(request.query);
  const { accounts, totalSize } = control.searchAccounts({ text: search, offset, limit: accountsPerPage });
  const place = (at: number) => `/sandbox?${new URLSearchParams({ search, offset: String(at) })}`;
  return {
    title: 'Sandbox control',
    search,
    offset,
    totalSize,
    accounts: accounts.map((account) => ({ ...account, changed: new Date(account.updatedAt).toISOString() })),
    previous: offset > 0 ? place(Math.max(0, offset - accountsPerPage)) : '',
    next: offset + accountsPerPage < totalSize ? place(offset + accountsPerPage) : '',
    accountActions,
    accountStatuses,
    verificationModes,
    verification: control.verification(),
    linkLifetimeMs: control.linkLifetimeMs(),
    linkMakesAccount: control.linkMakesAccount(),
    slowProviderMs: control.slowProviderMs(),
    connections: control.connections(),
    connectionTypes,
    callNames,
    calls: Object.entries(control.calls()),
    faultErrors,
    proxyAnswers,
    faults: control.faults(),
    consentFaults: control.consentFaults(),
    ...webhookData(control),
  };
}

function webhookData(control: SandboxControl) {
  return {
    webhookUrl: control.webhookUrl(),
    webhookTypes,
    webhookFaults: control.webhookFaults(),
    deliveries: control
      .deliveries()
      .slice(-deliveriesShown)
      .reverse()
      .map((delivery) => ({ ...delivery, sent: new Date(delivery.at).toISOString() })),
  };
}

function backToPage(request: Request, response: Response): void {
  const body: Readonly<Record<string, unknown>> = request.body ?? {};
  const place = input.accountsQuery.safeParse({ search: body.search, offset: body.offset });
  const { search, offset } = place.success ? place.data : { search: '', offset: 0 };
  response.redirect(303, `/sandbox?${new URLSearchParams({ search, offset: String(offset) })}`);
}

const answerFault: ErrorRequestHandler = (error, _request, response, next) => {
  const fault = callerFault(error);
  if (!fault) {
    next(error);
    return;
  }
  const ending = { status: fault.status, title: 'That was not accepted', text: fault.message };
  response.status(fault.status).render('ending', { ...ending, name: 'control' });
};
