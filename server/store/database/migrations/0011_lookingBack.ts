import { type Kysely, sql } from 'kysely';

/** How far a flow came, and the ways in which admins look through events and mails. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('flows').addColumn('verified_at', 'bigint').execute();
  await db.schema
    .createIndex('audit_events_actor')
    .on('audit_events')
    .columns(['actor', 'at', 'id'])
    .execute();

  await db.schema
    .createIndex('audit_events_connection_type')
    .on('audit_events')
    .columns(['connection_name', 'type', 'at', 'id'])
    .execute();

  const mailsBy = (state: string, condition: ReturnType<typeof sql<boolean>>) =>
    db.schema
      .createIndex(`outbox_${state}_created_at`)
      .on('outbox')
      .columns(['created_at', 'id'])
      .where(condition)
      .execute();
  await mailsBy('waiting', sql<boolean>`sent_at is null and withdrawn_at is null and failed_at is null`);
  await mailsBy('sent', sql<boolean>`sent_at is not null`);
  await mailsBy('withdrawn', sql<boolean>`withdrawn_at is not null`);
  await mailsBy('failed', sql<boolean>`failed_at is not null`);
}
