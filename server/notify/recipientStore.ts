import { isMailAddress } from '../kernel/mailAddress.js';
import type { Db } from '../store/database/schema.js';
import type { Addressee } from './unsubscribeLinks.js';

/**
 * To whom mail may go: only to the address that a user's latest sign-in verified, or that a client gave who may give
 * one, and not when the user or the reader of that address said no.
 * @param identifiersAreAddresses true where no mail leaves this machine, so that an identifier in the form of an
 * address may stand in for a verified one
 */
export function createRecipientStore(db: Db, identifiersAreAddresses: boolean) {
  const sameAddress = (address: string) => address.toLowerCase();

  async function isDeclined(address: string): Promise<boolean> {
    const row = await db
      .selectFrom('declinedAddresses')
      .select('address')
      .where('address', '=', sameAddress(address))
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async function preferencesOf(identifier: string, given?: string) {
    const user = await db
      .selectFrom('users')
      .select(['email', 'mailDeclinedAt'])
      .where('identifier', '=', identifier)
      .executeTakeFirst();
    const chosen = given ?? user?.email ?? (user && identifiersAreAddresses ? identifier : null);
    const address = chosen !== null && isMailAddress(chosen) ? chosen : null;
    const declined = user?.mailDeclinedAt != null || (address !== null && (await isDeclined(address)));
    return { address, wanted: !declined };
  }

  return {
    /** The same, within a transaction. */
    within: (db: Db) => createRecipientStore(db, identifiersAreAddresses),
    /**
     * The address that mail to a user would go to, and whether it is wanted there.
     * @param given the address that a client gave, in place of the one that the user's sign-in verified
     */
    preferencesOf,
    /** The address that mail to a user goes to, or null when there is none or no mail is wanted there. */
    async addressOf(identifier: string, given?: string): Promise<string | null> {
      const { address, wanted } = await preferencesOf(identifier, given);
      return wanted ? address : null;
    },
    /** The language that a user chose, else that of their last visit, or null when they never came. */
    async languageOf(identifier: string): Promise<string | null> {
      const user = await db
        .selectFrom('users')
        .select(['language', 'lastLanguage'])
        .where('identifier', '=', identifier)
        .executeTakeFirst();
      return user?.language ?? user?.lastLanguage ?? null;
    },
    /** Turns mail to a user on or off, as the user asks for it. */
    async setWanted(identifier: string, wanted: boolean): Promise<void> {
      const { address } = await preferencesOf(identifier);
      if (wanted && address !== null) {
        await db.deleteFrom('declinedAddresses').where('address', '=', sameAddress(address)).execute();
      }
      const changes = { mailDeclinedAt: wanted ? null : Date.now() };
      await db.updateTable('users').set(changes).where('identifier', '=', identifier).execute();
    },
    /**
     * Turns mail to an address off, whomever it is about: a client may have given a wrong one, whose reader has no
     * say in what the user gets elsewhere.
     */
    async declineAddress({ address, identifier }: Addressee): Promise<void> {
      await db
        .insertInto('declinedAddresses')
        .values({ address: sameAddress(address), identifier, declinedAt: Date.now() })
        .onConflict((conflict) => conflict.columns(['address', 'identifier']).doNothing())
        .execute();
    },
  };
}

export type RecipientStore = ReturnType<typeof createRecipientStore>;
