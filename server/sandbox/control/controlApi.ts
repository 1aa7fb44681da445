import express, { type ErrorRequestHandler, type Router } from 'express';
import { ZodError } from 'zod';
import { type SandboxControl, UnknownTargetError } from './control.js';
import { accountActions, actOnAccount, applyConnection, applySettings } from './controlActions.js';
import * as input from './controlInput.js';

/** The control as JSON, under `/sandbox/api`: the same functions as `control`, for other processes and languages. */
export function controlApi(control: SandboxControl, reset: () => void): Router {
  const router = express.Router();
  router.use(express.json({ limit: '20kb' }));

  router.get('/state', (_request, response) => {
    response.json(stateOf(control));
  });
  router.get('/accounts', (request, response) => {
    const { search: text, offset, limit } = input.accountsQuery.parse(request.query);
    response.json(control.searchAccounts({ text, offset, limit }));
  });
  router.post('/accounts', (request, response) => {
    response.json(control.setAccount(input.accountInput.parse(request.body)));
  });
  for (const action of accountActions) {
    router.post(`/accounts/${action}`, (request, response) => {
      response.json(actOnAccount(control, action, request.body) ?? {});
    });
  }
  router.post('/connections', (request, response) => {
    response.json(applyConnection(control, input.connectionInput.parse(request.body)));
  });
  router.post('/settings', (request, response) => {
    applySettings(control, input.settingsInput.parse(request.body));
    response.json(stateOf(control));
  });
  router.post('/faults', (request, response) => {
    control.fault(input.faultInput.parse(request.body));
    response.json({ faults: control.faults() });
  });
  router.post('/faults/clear', (_request, response) => {
    control.clearFaults();
    response.json({ faults: [] });
  });
  router.post('/consents/faults', (request, response) => {
    control.consentFault(input.consentFaultInput.parse(request.body));
    response.json({ faults: control.consentFaults() });
  });
  router.post('/consents/faults/clear', (_request, response) => {
    control.clearConsentFaults();
    response.json({ faults: [] });
  });
  router.post('/connections/forget', (_request, response) => {
    response.json({ forgotten: control.forgetConnections() });
  });
  router.get('/webhooks', (_request, response) => {
    response.json({ ...webhooksOf(control), deliveries: control.deliveries() });
  });
  router.post('/webhooks', (request, response) => {
    control.setWebhook(input.webhookInput.parse(request.body));
    response.json(webhooksOf(control));
  });
  router.post('/webhooks/off', (_request, response) => {
    control.setWebhook(null);
    response.json(webhooksOf(control));
  });
  router.post('/webhooks/emit', (request, response) => {
    const { type, connectionName, identifier } = input.emitInput.parse(request.body);
    response.json({ id: control.emit(type, connectionName, identifier) });
  });
  router.post('/webhooks/faults', (request, response) => {
    control.webhookFault(input.webhookFaultInput.parse(request.body));
    response.json(webhooksOf(control));
  });
  router.post('/webhooks/faults/clear', (_request, response) => {
    control.clearWebhookFaults();
    response.json(webhooksOf(control));
  });
  router.post('/events', (request, response) => {
    control.setEventLog(input.eventLogInput.parse(request.body));
    response.json(control.eventLog());
  });
  router.post('/events/forget', (request, response) => {
    control.forgetEventsBefore(input.forgetEventsInput.parse(request.body).before);
    response.json({});
  });
  router.post('/calls/reset', (_request, response) => {
    control.resetCalls();
    response.json({ calls: control.calls() });
  });
  router.post('/reset', (_request, response) => {
    reset();
    response.json(stateOf(control));
  });
  router.use((_request, response) => {
    response.status(404).json({ error: 'there is no such call' });
  });
  router.use(answerFault);
  return router;
}

const stateOf = (control: SandboxControl) => ({
  verification: control.verification(),
  linkLifetimeMs: control.linkLifetimeMs(),
  linkMakesAccount: control.linkMakesAccount(),
  slowProviderMs: control.slowProviderMs(),
  connections: control.connections(),
  accounts: control.searchAccounts({ text: '', offset: 0, limit: 0 }).totalSize,
  eventLog: control.eventLog(),
  faults: control.faults(),
  consentFaults: control.consentFaults(),
  calls: control.calls(),
});

/** Without the secret. */
const webhooksOf = (control: SandboxControl) => ({
  url: control.webhookUrl(),
  faults: control.webhookFaults(),
});

/** What was wrong with a request to the control, or undefined when the fault is not the caller's. */
export function callerFault(error: unknown): { status: number; message: string } | undefined {
  if (error instanceof ZodError) {
    const issues = error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
    return { status: 400, message: issues.join('; ') };
  }
  if (error instanceof UnknownTargetError) return { status: 404, message: error.message };
  return undefined;
}

const answerFault: ErrorRequestHandler = (error, _request, response, next) => {
  const fault = callerFault(error);
  if (fault) response.status(fault.status).json({ error: fault.message });
  else next(error);
};
