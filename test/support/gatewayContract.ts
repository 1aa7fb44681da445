import type {
  AccountKey,
  AccountStatus,
  AuthorizationKind,
  ScalekitGateway,
} from '../../server/scalekit/gateway.js';
import { afterEach, beforeEach, describe, expect, it } from './jest.js';

/** A gateway, and what a test may do to the Scalekit behind it. It has the connection `gmail`. */
export interface GatewayWorld {
  readonly gateway: ScalekitGateway;
  /** Adds a connection, or changes the one of that name. */
  setConnection(name: string, changes: { kind?: AuthorizationKind; enabled?: boolean }): void;
  /** Puts an account into a state, and makes it if there is none. */
  setAccount(key: AccountKey, status: Exclude<AccountStatus, 'unknown'>): void;
  setVerification(mode: 'custom' | 'scalekit'): void;
  /** Consents at the link, or types the credentials in; gives where the browser is sent back to, null for nowhere. */
  consent(link: string): Promise<string | null>;
  close(): Promise<void>;
}

const maria = 'maria@example.com';
const gmail: AccountKey = { connectionName: 'gmail', identifier: maria };
const userVerifyUrl = 'https://app.example/user/verify';
const statuses = ['active', 'expired', 'pending_auth', 'pending_verification', 'disconnected'] as const;

/** What every gateway does, whatever it stands on. */
export function describeGatewayContract(name: string, setUp: () => Promise<GatewayWorld>): void {
  describe(name, () => {
    let world: GatewayWorld;
    let gateway: ScalekitGateway;

    beforeEach(async () => {
      world = await setUp();
      gateway = world.gateway;
    });

    afterEach(() => world.close());

    /** Creates the account, mints a link and consents. */
    async function consented(key: AccountKey, state = 'the-state'): Promise<URL> {
      await gateway.createConnectedAccount(key);
      const { link } = await gateway.getAuthorizationLink({ ...key, userVerifyUrl, state });
      return new URL((await world.consent(link)) ?? 'nowhere:');
    }

    const authRequestIdOf = (url: URL): string => url.searchParams.get('auth_request_id') ?? '';

    async function statusOf(key: AccountKey): Promise<AccountStatus | undefined> {
      const accounts = await gateway.listConnectedAccounts(key.identifier);
      return accounts.find(({ connectionName }) => connectionName === key.connectionName)?.status;
    }

    it('lists all connections with their kind and whether they can be connected', async () => {
      for (let index = 0; index < 65; index++) world.setConnection(`extra-${index}`, {});
      world.setConnection('keys', { kind: 'static' });
      world.setConnection('off', { enabled: false });
      const connections = await gateway.listConnections();
      expect(connections.filter(({ name }) => name.startsWith('extra-'))).toHaveLength(65);
      expect(connections).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'gmail', provider: 'GMAIL', kind: 'oauth', enabled: true }),
          expect.objectContaining({ name: 'keys', kind: 'static', enabled: true }),
          expect.objectContaining({ name: 'off', enabled: false }),
        ]),
      );
    });

    it('lists the accounts of one user in every status, and nobody else’s', async () => {
      for (const status of statuses) {
        world.setConnection(status, {});
        world.setAccount({ connectionName: status, identifier: maria }, status);
      }
      world.setAccount({ connectionName: 'gmail', identifier: 'maria@example.com.evil' }, 'active');
      world.setAccount({ connectionName: 'gmail', identifier: 'Maria@example.com' }, 'active');
      const accounts = await gateway.listConnectedAccounts(maria);
      expect(accounts.map(({ connectionName, status }) => [connectionName, status])).toEqual(
        statuses.map((status) => [status, status]),
      );
      expect(accounts.every(({ identifier }) => identifier === maria)).toBe(true);
    });

    it('lists nothing for a user without accounts', async () => {
      world.setAccount(gmail, 'active');
      await expect(gateway.listConnectedAccounts('nobody')).resolves.toEqual([]);
    });

    it('lists more accounts of one user than fit a page', async () => {
      for (let index = 0; index < 210; index++) {
        world.setConnection(`extra-${index}`, {});
        world.setAccount({ connectionName: `extra-${index}`, identifier: maria }, 'active');
      }
      const accounts = await gateway.listConnectedAccounts(maria);
      expect(new Set(accounts.map(({ id }) => id)).size).toBe(210);
    });

    it('lists everybody’s accounts on one connection, page by page', async () => {
      world.setConnection('slack', {});
      const names = Array.from({ length: 205 }, (_, number) => `user-${number}`);
      for (const identifier of names) world.setAccount({ connectionName: 'gmail', identifier }, 'active');
      world.setAccount({ connectionName: 'slack', identifier: maria }, 'expired');
      const found: string[] = [];
      let pages = 0;
      for (let token: string | null = null; pages === 0 || token !== null; pages += 1) {
        const page = await gateway.listAccountsOfConnection('gmail', token);
        expect(page.total).toBe(205);
        expect(page.accounts.length).toBeLessThan(100);
        found.push(...page.accounts.map(({ identifier }) => identifier));
        token = page.nextPageToken;
      }
      expect(found).toEqual(names);
      expect(pages).toBe(3);
      await expect(gateway.listAccountsOfConnection('slack', null)).resolves.toMatchObject({
        accounts: [{ connectionName: 'slack', identifier: maria, status: 'expired' }],
        nextPageToken: null,
        total: 1,
      });
    });

    it('lists no connection without a name, since that would be all of them', async () => {
      for (const name of ['', ' ', ' gmail', 'gmail ']) {
        const listing = gateway.listAccountsOfConnection(name, null);
        await expect(listing).rejects.toMatchObject({ name: 'ScalekitError', kind: 'invalid' });
      }
    });

    it('creates an account that waits for authorization, once', async () => {
      const account = await gateway.createConnectedAccount(gmail);
      expect(account).toMatchObject({ ...gmail, status: 'pending_auth', updatedAt: expect.any(Number) });
      await expect(gateway.listConnectedAccounts(maria)).resolves.toEqual([account]);
      await expect(gateway.createConnectedAccount(gmail)).rejects.toMatchObject({ kind: 'already_exists' });
    });

    it('takes identifiers and connection names of every permitted kind', async () => {
      world.setConnection('Team: Sales_2', {});
      for (const identifier of ['王小明', 'o\'neil "x" <script>', 'a b', '😀'.repeat(25)]) {
        const key = { connectionName: 'Team: Sales_2', identifier };
        await gateway.createConnectedAccount(key);
        await gateway.getAuthorizationLink(key);
        await expect(gateway.listConnectedAccounts(identifier)).resolves.toMatchObject([key]);
        await gateway.deleteConnectedAccount(key);
      }
    });

    it('creates no account on a connection that is unknown or disabled', async () => {
      world.setConnection('off', { enabled: false });
      for (const connectionName of ['nowhere', 'off']) {
        const key = { connectionName, identifier: maria };
        await expect(gateway.createConnectedAccount(key)).rejects.toMatchObject({ kind: 'invalid' });
      }
    });

    it('refuses identifiers and names that would mean somebody or something else', async () => {
      for (const identifier of ['', ' ', ' maria', 'maria ', 'ma\0ria', 'x'.repeat(101)]) {
        const key = { connectionName: 'gmail', identifier };
        for (const call of [
          gateway.listConnectedAccounts(identifier),
          gateway.createConnectedAccount(key),
          gateway.getAuthorizationLink(key),
          gateway.verifyConnectedAccountUser('areq', identifier),
          gateway.deleteConnectedAccount(key),
        ]) {
          await expect(call).rejects.toMatchObject({ name: 'ScalekitError', kind: 'invalid' });
        }
      }
      const key = { connectionName: ' gmail', identifier: maria };
      await expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({ kind: 'invalid' });
      await expect(gateway.verifyConnectedAccountUser(' ', maria)).rejects.toMatchObject({ kind: 'invalid' });
    });

    it('gives a new link with an expiry each time, and none for an account that does not exist', async () => {
      await expect(gateway.getAuthorizationLink(gmail)).rejects.toMatchObject({ kind: 'not_found' });
      await gateway.createConnectedAccount(gmail);
      const first = await gateway.getAuthorizationLink(gmail);
      const second = await gateway.getAuthorizationLink(gmail);
      expect(first.link).not.toBe(second.link);
      expect(first.expiresAt).toBeGreaterThan(Date.now());
      await expect(statusOf(gmail)).resolves.toBe('pending_auth');
    });

    it('activates an account when its consent is verified for its own identifier', async () => {
      const returned = await consented(gmail);
      expect(returned.href.startsWith(`${userVerifyUrl}?`)).toBe(true);
      expect(returned.searchParams.get('state')).toBe('the-state');
      await expect(statusOf(gmail)).resolves.toBe('pending_verification');
      await gateway.verifyConnectedAccountUser(authRequestIdOf(returned), maria);
      await expect(statusOf(gmail)).resolves.toBe('active');
    });

    it('forbids verification for another identifier, and leaves it to the right one', async () => {
      const id = authRequestIdOf(await consented(gmail));
      await expect(gateway.verifyConnectedAccountUser(id, 'mallory')).rejects.toMatchObject({
        kind: 'forbidden',
      });
      await expect(statusOf(gmail)).resolves.toBe('pending_verification');
      await expect(gateway.verifyConnectedAccountUser(id, maria)).resolves.toBeUndefined();
    });

    it('knows no auth request that was made up, used, or whose account is gone', async () => {
      const notFound = { kind: 'not_found' };
      await expect(gateway.verifyConnectedAccountUser('made-up', maria)).rejects.toMatchObject(notFound);
      const used = authRequestIdOf(await consented(gmail));
      await gateway.verifyConnectedAccountUser(used, maria);
      await expect(gateway.verifyConnectedAccountUser(used, maria)).rejects.toMatchObject(notFound);
      await gateway.deleteConnectedAccount(gmail);
      const orphan = authRequestIdOf(await consented(gmail));
      await gateway.deleteConnectedAccount(gmail);
      await expect(gateway.verifyConnectedAccountUser(orphan, maria)).rejects.toMatchObject(notFound);
    });

    it('keeps an active account active while a new consent waits to be verified', async () => {
      world.setAccount(gmail, 'active');
      const [before] = await gateway.listConnectedAccounts(maria);
      const { link } = await gateway.getAuthorizationLink({ ...gmail, userVerifyUrl, state: 's' });
      const returned = new URL((await world.consent(link)) ?? 'nowhere:');
      await expect(statusOf(gmail)).resolves.toBe('active');
      await gateway.verifyConnectedAccountUser(authRequestIdOf(returned), maria);
      const [after] = await gateway.listConnectedAccounts(maria);
      expect(after).toMatchObject({ id: before?.id, status: 'active' });
    });

    it('activates static credentials, and consents in the mode without verification, without a way back', async () => {
      world.setConnection('keys', { kind: 'static' });
      const keys = { connectionName: 'keys', identifier: maria };
      expect((await consented(keys)).protocol).toBe('nowhere:');
      await expect(statusOf(keys)).resolves.toBe('active');
      world.setVerification('scalekit');
      expect((await consented(gmail)).protocol).toBe('nowhere:');
      await expect(statusOf(gmail)).resolves.toBe('active');
    });

    it('deletes an account, and finds none the second time', async () => {
      world.setAccount(gmail, 'active');
      await gateway.deleteConnectedAccount(gmail);
      await expect(gateway.listConnectedAccounts(maria)).resolves.toEqual([]);
      await expect(gateway.deleteConnectedAccount(gmail)).rejects.toMatchObject({ kind: 'not_found' });
    });

    it('gives an account that is made anew another id', async () => {
      const first = await gateway.createConnectedAccount(gmail);
      await gateway.deleteConnectedAccount(gmail);
      const second = await gateway.createConnectedAccount(gmail);
      expect(second.id).not.toBe(first.id);
    });
  });
}
