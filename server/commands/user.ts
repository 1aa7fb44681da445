import { createDependencies } from '../composition.js';
import { readEnvironment } from '../config/config.js';
import { sessionSecretsOf } from '../config/sessionSecret.js';
import { createLogger } from '../http/logging.js';
import { DomainError } from '../kernel/errors.js';
import { identifierFault } from '../kernel/identifier.js';
import { erasedSentence } from '../privacy/erasure.js';
import type { Privacy } from '../privacy/privacy.js';
import { createHealthWatch } from '../scalekit/healthWatch.js';
import type { AuditTrail } from '../store/auditTrail.js';
import { english as t } from '../words/dictionary.js';
import { CommandLineError, command, group, UsageError } from './commandLine.js';
import { commandGateway, onDatabase } from './peers.js';

const usage = `Usage: npm run user -- COMMAND IDENTIFIER

  export IDENTIFIER        prints all that is held about a user, as JSON
  erase IDENTIFIER --yes   disconnects the user's accounts at Scalekit, then erases all that is held about them
`;

/** There is no request that the command acts for. */
const info = { reference: 'command', address: null };

interface Peers {
  readonly privacy: Pick<Privacy, 'eraseUser' | 'exportUser'>;
  readonly audit: Pick<AuditTrail, 'record'>;
}

type Work = (peers: Peers) => AsyncIterable<string>;

function onEnvironment(work: Work): AsyncIterable<string> {
  const config = readEnvironment();
  return onDatabase(config, (database) =>
    work(
      createDependencies(config, {
        ...database,
        gateway: commandGateway(config),
        logger: createLogger('silent'),
        sessionSecrets: sessionSecretsOf(config),
        sampleUsers: [],
        sandboxOrigin: null,
        scalekitHealth: createHealthWatch().health,
      }),
    ),
  );
}

const identifierArgument = { identifier: { type: 'positional', required: true } } as const;

function checkIdentifier(identifier: string): void {
  const fault = identifierFault(identifier);
  if (fault !== null) throw new CommandLineError(t(`identity.identifierFaults.${fault}`));
}

/** Takes out and erases what is held about one user. */
export const userCommand = (on: (work: Work) => AsyncIterable<string> = onEnvironment) =>
  group(usage, {
    export: command({
      args: identifierArgument,
      run: ({ identifier }) => {
        checkIdentifier(identifier);
        return on(async function* ({ privacy, audit }) {
          await audit.record({ type: 'user.exported', actor: 'command', identifier, ...info });
          yield* privacy.exportUser(identifier);
        });
      },
    }),
    erase: command({
      args: { ...identifierArgument, yes: { type: 'boolean' } },
      run: ({ identifier, yes }) => {
        checkIdentifier(identifier);
        if (yes !== true) throw new CommandLineError(t('privacy.command.sure'));
        return on(async function* ({ privacy }) {
          const done = await privacy.eraseUser(identifier, 'command', info).catch((error) => {
            throw error instanceof DomainError
              ? new UsageError(error.told.detail(t).replaceAll('\n', ' '))
              : error;
          });
          yield `${erasedSentence(t, done, done.disconnected)}\n${JSON.stringify(done)}\n`;
        });
      },
    }),
  });
