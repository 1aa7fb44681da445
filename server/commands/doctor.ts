import { type Config, ConfigError, readEnvironment } from '../config/config.js';
import { command, UsageError } from './commandLine.js';
import { checkDatabase } from './doctor/databaseChecks.js';
import { checkEventLog } from './doctor/eventLogChecks.js';
import { type Finding, fail, lineOf } from './doctor/finding.js';
import { checkMail } from './doctor/mailChecks.js';
import { checkScalekit } from './doctor/scalekitChecks.js';
import { checkSettings, checkVerifyUrl, checkWayOut } from './doctor/settingsChecks.js';
import { checkSignIn } from './doctor/signInChecks.js';
import { watchSignIn } from './doctor/signInWatchCheck.js';
import { checkVerification } from './doctor/verificationCheck.js';
import { checkWebhooks } from './doctor/webhookChecks.js';

const usage = `Usage: npm run doctor [-- --webhook] [-- --sign-in] [-- --verify <connection>]

Checks what the app needs, by the environment and .env as the app reads them. It changes nothing,
unless --verify or --sign-in is given.
  --verify <connection>  also proves the dashboard's user verification: makes an account, waits up to five minutes for
                         you to approve in a browser, and deletes it
  --sign-in  also waits up to five minutes for one sign-in at the running app, and tells which claims came and what
             became of them; the app notes it in the database until then
  --webhook  also waits up to 60 seconds for a webhook of Scalekit's to arrive at the running app
`;

const waitMs = 60_000;
const humanWaitMs = 5 * 60_000;

const say = (text: string) => void process.stdout.write(`${text}\n`);

interface Asked {
  readonly waitForWebhook: boolean;
  readonly waitForSignIn: boolean;
  /** The connection to prove the verification with, or null. */
  readonly verify: string | null;
}

/** What each thing is like, as soon as it is known. */
async function* examine(
  config: Config,
  { waitForWebhook, waitForSignIn, verify }: Asked,
): AsyncGenerator<Finding> {
  yield* checkSettings(config);
  yield* checkWayOut(config);
  yield* await checkScalekit(config);
  yield* await checkVerifyUrl(config);
  if (verify !== null) yield* await checkVerification(config, verify, { waitMs: humanWaitMs, say });
  yield* await checkSignIn(config);
  if (waitForSignIn) yield* await watchSignIn(config, { waitMs: humanWaitMs, say });
  yield* await checkMail(config);
  const { findings, database } = await checkDatabase(config);
  try {
    yield* findings;
    yield* await checkWebhooks(config, database, { waitMs: waitForWebhook ? waitMs : 0, say });
    yield* await checkEventLog(config, database);
  } finally {
    await database?.close();
  }
}

async function* findingsOf(asked: Asked): AsyncGenerator<Finding> {
  try {
    yield* examine(readEnvironment(), asked);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield* error.faults.map((fault) => fail('configuration', fault));
  }
}

/** Tells of everything that the app needs whether it is there. */
export const doctorCommand = () =>
  command({
    usage,
    args: { webhook: { type: 'boolean' }, 'sign-in': { type: 'boolean' }, verify: { type: 'string' } },
    async *run({ webhook, 'sign-in': signIn, verify = null }) {
      let well = true;
      const asked = { waitForWebhook: webhook === true, waitForSignIn: signIn === true, verify };
      for await (const finding of findingsOf(asked)) {
        yield `${lineOf(finding)}\n`;
        if (finding.level === 'fail') well = false;
      }
      // The lines have said it.
      if (!well) throw new UsageError('');
    },
  });
