import { parseArgs } from 'node:util';
import { type Config, ConfigError, readEnvironment } from '../config/config.js';
import { checkDatabase } from './databaseChecks.js';
import { type Finding, fail, lineOf } from './finding.js';
import { checkMail } from './mailChecks.js';
import { checkScalekit } from './scalekitChecks.js';
import { checkSettings, checkVerifyUrl } from './settingsChecks.js';
import { checkSignIn } from './signInChecks.js';
import { checkWebhooks } from './webhookChecks.js';

const usage = `Usage: npm run doctor [-- --webhook]

Checks what the app needs, by the environment and .env as the app reads them. It changes nothing.
  --webhook  also waits up to 60 seconds for a webhook of Scalekit's to arrive at the running app
`;

const waitMs = 60_000;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Tells how each thing is as soon as it is known. @returns whether nothing failed */
async function examine(config: Config, waitForWebhook: boolean): Promise<boolean> {
  let well = true;
  const tell = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      say(lineOf(finding));
      if (finding.level === 'fail') well = false;
    }
  };
  tell(checkSettings(config));
  tell(await checkScalekit(config));
  tell(await checkVerifyUrl(config));
  tell(await checkSignIn(config));
  tell(await checkMail(config));
  const { findings, database } = await checkDatabase(config);
  tell(findings);
  try {
    tell(await checkWebhooks(config, database, { waitMs: waitForWebhook ? waitMs : 0, say }));
  } finally {
    await database?.close();
  }
  return well;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { webhook: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help === true) {
    say(usage);
    return;
  }
  try {
    const config = readEnvironment();
    if (!(await examine(config, values.webhook === true))) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const fault of error.faults) say(lineOf(fail('configuration', fault)));
    process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  const { code, message, stack } = error as { code?: string; message?: string; stack?: string };
  process.stderr.write(`${code?.startsWith('ERR_PARSE_ARGS') ? `${message}\n\n${usage}` : stack}\n`);
  process.exitCode = 1;
});
