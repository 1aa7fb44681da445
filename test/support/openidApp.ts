import { createMemoryGateway, type MemoryGateway } from './memoryGateway.js';
import { startTestProvider, type TestProvider, type TestProviderOptions } from './openidProvider.js';
import { type Landing, Surfer } from './surfer.js';
import { startTestApp, type TestApp, type TestAppOptions } from './testApp.js';

export const accounts = {
  ada: { name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true, roles: ['staff', 'boss'] },
  bob: { name: 'Bob', email: 'bob@example.com', email_verified: false, roles: 'reader' },
  carol: { name: 'Carol' },
} as const;

export interface OpenidApp extends TestApp {
  readonly provider: TestProvider;
  readonly gateway: MemoryGateway;
  /** Another instance of the app on the same database, with the same public URL. */
  another(): Promise<TestApp>;
  /** What was written down, oldest first. */
  audit(): Promise<{ type: string; identifier: string | null; detail: string | null }[]>;
}

export interface OpenidAppOptions {
  readonly provider?: Partial<TestProviderOptions>;
  readonly env?: TestAppOptions['env'];
  /** The PostgreSQL database to use. */
  readonly databaseUrl?: string;
}

/** Starts the real app with a real OpenID provider. */
export async function startOpenidApp(options: OpenidAppOptions = {}): Promise<OpenidApp> {
  const provider = await startTestProvider({ accounts, ...options.provider });
  const gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
  const start = async (more: Partial<TestAppOptions> = {}) => {
    const { databaseUrl } = options;
    const app = await startTestApp({
      gateway,
      env: { ...provider.env, ...options.env },
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      ...more,
    });
    provider.allow(app.url);
    return app;
  };
  const app = await start();
  const others: TestApp[] = [];
  return {
    ...app,
    provider,
    gateway,
    async another() {
      const other = await start({
        dataDir: app.deps.config.dataDir,
        env: { ...provider.env, ...options.env, PUBLIC_URL: app.url },
      });
      others.push(other);
      return other;
    },
    async audit() {
      const query = app.deps.db.selectFrom('auditEvents').select(['type', 'identifier', 'detail']);
      return query.orderBy('at').execute();
    },
    async close() {
      for (const other of others) await other.close();
      await app.close();
      await provider.close();
    },
  };
}

/** Presses "Sign in", and arrives at the provider's page. */
export async function goToProvider(surfer: Surfer, origin: string, returnTo?: string): Promise<Landing> {
  const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`;
  return surfer.submit(await surfer.go(`${origin}/sign-in${query}`), 'Sign in');
}

/** Chooses somebody at the provider, and stops before the callback. @returns the address of the callback */
export async function callbackOf(surfer: Surfer, atProvider: Landing, sub: string): Promise<string> {
  const stopAt = (url: string) => new URL(url).pathname === '/sign-in/callback';
  return (await surfer.submit(atProvider, `Continue as ${sub}`, { stopAt })).url;
}

/** Signs in as somebody, from the button to where it ends. */
export async function signInAs(
  sub: string,
  origin: string,
  { surfer = new Surfer(), returnTo }: { surfer?: Surfer; returnTo?: string } = {},
): Promise<{ surfer: Surfer; landing: Landing }> {
  const atProvider = await goToProvider(surfer, origin, returnTo);
  return { surfer, landing: await surfer.submit(atProvider, `Continue as ${sub}`) };
}

/** The main heading of a page. */
export const headingOf = (page: Landing): string => /<h1>([^<]*)<\/h1>/.exec(page.text)?.[1] ?? '';
