import { createDependencies } from '../composition.js';
import { readEnvironment } from '../config/config.js';
import { sessionSecretsOf } from '../config/sessionSecret.js';
import { createDoubleStore, type Spelling } from '../directory/users/doubleStore.js';
import { createLogger } from '../http/logging.js';
import { decideIdentifierCase, type Identifiers } from '../identity/identifierCase.js';
import type { Identity } from '../identity/identity.js';
import { DomainError } from '../kernel/errors.js';
import { identifierFault } from '../kernel/identifier.js';
import { inOneLine } from '../kernel/plainText.js';
import { isoTime } from '../kernel/times.js';
import { erasedSentence } from '../privacy/erasure.js';
import type { Privacy } from '../privacy/privacy.js';
import { createHealthWatch } from '../scalekit/healthWatch.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { Db } from '../store/database/schema.js';
import { english as t } from '../words/dictionary.js';
import { CommandLineError, command, group, UsageError } from './commandLine.js';
import { commandGateway, onDatabase } from './peers.js';

const usage = `Usage: npm run user -- COMMAND [IDENTIFIER]

  export IDENTIFIER        prints all that is held about a user, as JSON
  erase IDENTIFIER --yes   disconnects the user's accounts at Scalekit, then erases all that is held about them
  rename OLD NEW           gives a user another identifier; their accounts at Scalekit stay under the old one
  forget-issuer URL --yes  after a change of the OpenID provider: forgets whom the former one meant, so that the next
                           sign-in of each user counts as the first
  doubles                  shows identifiers that differ only by case, here and at Scalekit as the directory knows it
`;

/** There is no request that the command acts for. */
const info = { reference: 'command', address: null };

interface Peers {
  readonly privacy: Pick<Privacy, 'eraseUser' | 'exportUser' | 'renaming'>;
  readonly audit: Pick<AuditTrail, 'record' | 'recording'>;
  readonly identifiers: Identifiers;
  readonly subjects: Identity['subjects'];
  readonly db: Db;
}

type Work = (peers: Peers) => AsyncIterable<string>;

function onEnvironment(work: Work): AsyncIterable<string> {
  const config = readEnvironment();
  const logger = createLogger('silent');
  return onDatabase(config, async function* (database) {
    yield* work(
      createDependencies(config, {
        ...database,
        gateway: commandGateway(config),
        logger,
        sessionSecrets: sessionSecretsOf(config),
        identifierCase: await decideIdentifierCase(database.db, config.identifierCase, logger),
        sampleUsers: [],
        sandboxOrigin: null,
        scalekitHealth: createHealthWatch().health,
      }),
    );
  });
}

const identifierArgument = { identifier: { type: 'positional', required: true } } as const;

/** What the product has words for is told with them. */
const inWords = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error) => {
    throw error instanceof DomainError ? new UsageError(error.told.detail(t).replaceAll('\n', ' ')) : error;
  });

function checkIdentifier(identifier: string): void {
  const fault = identifierFault(identifier);
  if (fault !== null) throw new CommandLineError(t(`identity.identifierFaults.${fault}`));
}

function spellingLine({ identifier, lastSeenAt, accounts }: Spelling): string {
  const seen = lastSeenAt === null ? 'never signed in' : `signed in last ${isoTime(lastSeenAt)}`;
  const connected = accounts.map(({ connectionName, state }) => `${connectionName} (${state})`).join(', ');
  return `  ${inOneLine(identifier)}: ${seen}; ${connected === '' ? 'no accounts' : connected}\n`;
}

/** First the doubles, and then who has capitals and no double, since their users would begin anew in lower case. */
async function* doublesIn(store: ReturnType<typeof createDoubleStore>): AsyncGenerator<string> {
  let doubles = 0;
  const alone: string[] = [];
  for await (const { lower, spellings } of store.all()) {
    const lines = spellings.map(spellingLine);
    if (lines.length === 1) alone.push(...lines);
    else {
      doubles += 1;
      yield `${inOneLine(lower)}\n${lines.join('')}`;
    }
  }
  yield `Identifiers that differ only by case: ${doubles}.\n`;
  if (alone.length === 0) return;
  yield `Identifiers with capitals and no double: ${alone.length}. With OIDC_IDENTIFIER_CASE=lower their users begin anew.\n`;
  yield* alone;
}

/** Takes out and erases what is held about one user. */
export const userCommand = (on: (work: Work) => AsyncIterable<string> = onEnvironment) =>
  group(usage, {
    export: command({
      args: identifierArgument,
      run: ({ identifier }) => {
        checkIdentifier(identifier);
        return on(async function* ({ privacy, audit, identifiers }) {
          const meant = await identifiers.asKnown(identifier);
          await audit.record({ type: 'user.exported', actor: 'command', identifier: meant, ...info });
          yield* privacy.exportUser(meant);
        });
      },
    }),
    erase: command({
      args: { ...identifierArgument, yes: { type: 'boolean' } },
      run: ({ identifier, yes }) => {
        checkIdentifier(identifier);
        if (yes !== true) throw new CommandLineError(t('privacy.command.sure'));
        return on(async function* ({ privacy, identifiers }) {
          const meant = await identifiers.asKnown(identifier);
          const done = await inWords(privacy.eraseUser(meant, 'command', info));
          yield `${erasedSentence(t, done, done.disconnected)}\n${JSON.stringify(done)}\n`;
        });
      },
    }),
    rename: command({
      args: {
        from: { type: 'positional', required: true },
        to: { type: 'positional', required: true },
      },
      run: ({ from, to }) => {
        checkIdentifier(from);
        checkIdentifier(to);
        return on(async function* ({ privacy, identifiers }) {
          const names = { from: await identifiers.asKnown(from), to: identifiers.canonical(to) };
          const { connected } = await inWords(privacy.renaming.rename(names.from, names.to, 'command', info));
          yield `${t('privacy.command.renamed', names)}\n`;
          if (connected.length > 0) {
            const connections = connected.join(', ');
            yield `${t('privacy.command.disconnect', { from: names.from, connections })}\n`;
          }
        });
      },
    }),
    'forget-issuer': command({
      args: { issuer: { type: 'positional', required: true }, yes: { type: 'boolean' } },
      run: ({ issuer, yes }) => {
        if (yes !== true)
          throw new CommandLineError(
            'Whoever signs in next under an identifier gets its accounts. Say --yes when the new provider gives nobody an address of somebody else.',
          );
        return on(async function* ({ subjects, audit }) {
          const known = (await subjects.issuers()).map((one) => `${one.issuer} (${one.users})`);
          const users = await audit.recording(async ({ within, record }) => {
            const forgotten = await subjects.within(within).forgetIssuer(issuer);
            const detail = `${issuer}: ${forgotten}`;
            if (forgotten > 0) record({ type: 'user.issuer_forgotten', actor: 'command', detail, ...info });
            return forgotten;
          });
          if (users === 0)
            throw new UsageError(
              `Nobody is known by the issuer ${JSON.stringify(issuer)}. Known: ${known.join(', ') || 'none'}.`,
            );
          yield `Forgotten for ${users} ${users === 1 ? 'user' : 'users'}.\n`;
        });
      },
    }),
    doubles: command({
      args: {},
      run: () => on(({ db }) => doublesIn(createDoubleStore(db))),
    }),
  });
