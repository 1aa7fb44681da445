import { parseArgs } from 'node:util';
import { UsageError } from '../commandLine.js';
import { DomainError } from '../kernel/errors.js';
import { identifierFault } from '../kernel/identifier.js';
import type { Privacy } from '../privacy/privacy.js';
import type { AuditTrail } from '../store/auditTrail.js';
import { en } from '../words/texts.js';

const words = en.admin.privacy.command;

/** There is no request that the command acts for. */
const info = { reference: 'command', address: null };

export interface UserCommandDeps {
  readonly privacy: Pick<Privacy, 'eraseUser' | 'exportUser'>;
  readonly audit: Pick<AuditTrail, 'record'>;
}

/**
 * Does what the command says.
 * @returns the pieces to print
 * @throws UsageError
 */
export async function* userCommand(
  args: readonly string[],
  { privacy, audit }: UserCommandDeps,
): AsyncGenerator<string> {
  const options = { yes: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [command, identifier, ...rest] = positionals;
  if (identifier === undefined || rest.length > 0) throw new UsageError(words.usage);
  const fault = identifierFault(identifier);
  if (fault !== null) throw new UsageError(en.identifierFaults[fault]);
  if (command === 'export') {
    await audit.record({ type: 'user.exported', actor: 'command', identifier, ...info });
    yield* privacy.exportUser(identifier);
    return;
  }
  if (command !== 'erase') throw new UsageError(words.usage);
  if (values.yes !== true) throw new UsageError(words.sure);
  const done = await privacy.eraseUser(identifier, 'command', info).catch((error) => {
    throw error instanceof DomainError ? new UsageError(error.sentences.join(' ')) : error;
  });
  yield `${en.admin.privacy.erased(done, done.disconnected)}\n${JSON.stringify(done)}\n`;
}
