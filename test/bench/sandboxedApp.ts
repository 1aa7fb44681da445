import { builtApp, noLimits, type ServerProcess, startServer, withFolder } from './processes.js';
import { type RemoteSandbox, startRemoteSandbox } from './remoteSandbox.js';

export interface SandboxedApp {
  readonly app: ServerProcess;
  readonly sandbox: RemoteSandbox;
  /** Where the app keeps its data. */
  readonly folder: string;
}

/** Runs `work` on the built app and a sandbox, each in its own process. Both end with it, also when it fails. */
export function withSandboxedApp<T>(
  env: Readonly<Record<string, string>>,
  work: (parts: SandboxedApp) => Promise<T>,
  nodeOptions: readonly string[] = [],
): Promise<T> {
  return withFolder(async (folder) => {
    const sandbox = await startRemoteSandbox();
    let app: ServerProcess | undefined;
    try {
      app = await startServer(builtApp, folder, { ...sandbox.env, ...noLimits, ...env }, nodeOptions);
      return await work({ app, sandbox, folder });
    } finally {
      await app?.stop();
      await sandbox.stop();
    }
  });
}
