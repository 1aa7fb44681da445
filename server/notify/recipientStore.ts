import { isMailAddress } from '../kernel/mailAddress.js';
import type { Db } from '../store/database/schema.js';

/**
 * To whom mail may go: only to the address that a user's latest sign-in verified, and not when the user said no.
 * @param identifiersAreAddresses true where no mail leaves this machine, so that an identifier in the form of an
 * address may stand in for a verified one
 */
export function createRecipientStore(db: Db, identifiersAreAddresses: boolean) {
  async function preferencesOf(identifier: string) {
    const user = await db
      .selectFrom('users')
      .select(['email', 'mailDeclinedAt'])
      .where('identifier', '=', identifier)
      .executeTakeFirst();
    const address = user?.email ?? (user && identifiersAreAddresses ? identifier : null);
    return {
      address: address !== null && isMailAddress(address) ? address : null,
      wanted: user?.mailDeclinedAt == null,
    };
  }

  return {
    /** The address that mail to a user would go to, and whether the user wants mail. */
    preferencesOf,
    /** The address that mail to a user goes to, or null when there is none or the user wants no mail. */
    async addressOf(identifier: string): Promise<string | null> {
      const { address, wanted } = await preferencesOf(identifier);
      return wanted ? address : null;
    },
    async setWanted(identifier: string, wanted: boolean): Promise<void> {
      const changes = { mailDeclinedAt: wanted ? null : Date.now() };
      await db.updateTable('users').set(changes).where('identifier', '=', identifier).execute();
    },
  };
}

export type RecipientStore = ReturnType<typeof createRecipientStore>;
