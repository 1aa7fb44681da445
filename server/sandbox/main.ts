import { readCommandLine, UsageError, usage } from './commandLine.js';
import { createSandbox } from './sandbox.js';

/** `npm run sandbox`: the sandbox alone, for an app in another process or another language. */
async function main(): Promise<void> {
  const options = readCommandLine(process.argv.slice(2), process.env);
  const sandbox = await createSandbox(options);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sandbox.close());
  process.stdout.write(`Sandbox on ${sandbox.url}: no real accounts are touched.
  SCALEKIT_ENVIRONMENT_URL=${sandbox.url}
  SCALEKIT_CLIENT_ID=${options.clientId}
  SCALEKIT_CLIENT_SECRET=${options.clientSecret === 'sandbox' ? 'sandbox' : '(as in SANDBOX_CLIENT_SECRET)'}
${webhookLines(options)}Simulated: Scalekit's API and its hosted pages, and every provider's consent; ${sandbox.control.connections().length} connections, ${sandbox.control.searchAccounts({ text: '', offset: 0, limit: 0 }).totalSize} accounts, user verification "${options.verification}".
Control page: ${sandbox.url}/sandbox
`);
}

/** A secret that the environment gave is not printed. */
function webhookLines({ webhookUrl, webhookSecret }: ReturnType<typeof readCommandLine>): string {
  if (webhookUrl === undefined) return '';
  const given = process.env.SCALEKIT_WEBHOOK_SECRETS !== undefined;
  return `  SCALEKIT_WEBHOOK_SECRETS=${given ? '(as it is)' : webhookSecret}
Webhooks go to ${webhookUrl}
`;
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof UsageError ? `${message}\n\n${usage}\n` : `${message}\n`);
  process.exitCode = 1;
});
