import type { Config } from '../../config/config.js';
import { type DatabaseInspection, inspectDatabase } from '../../store/database/databaseInspection.js';
import { type Finding, fail, ok, warn } from './finding.js';

const subject = 'database';
const oldestPostgres = 15;

async function judge(database: DatabaseInspection): Promise<Finding[]> {
  const version = await database.version();
  const name = database.kind === 'postgres' ? 'PostgreSQL' : 'SQLite';
  if (database.kind === 'postgres' && Number.parseInt(version, 10) < oldestPostgres) {
    return [fail(subject, `PostgreSQL ${version}: version ${oldestPostgres} or newer is needed`)];
  }
  const { missing, unknown, areFromBefore } = await database.tables();
  if (areFromBefore) {
    const text = `${name} ${version} has tables of a build before version 0.1.0, which this version can't take over: begin with an empty database`;
    return [fail(subject, text)];
  }
  if (unknown.length > 0) {
    const names = unknown.join(', ');
    return [
      fail(subject, `${name} ${version} has tables of a newer version of this app (${names}): upgrade it`),
    ];
  }
  if (missing.length > 0) {
    const names = missing.join(', ');
    return [warn(subject, `${name} ${version}, not up to date: the next start of the app adds ${names}`)];
  }
  return [ok(subject, `${name} ${version}, up to date`)];
}

/** How the database is, and the database itself for who wants to look further. Whoever calls closes it. */
export async function checkDatabase(
  config: Config,
): Promise<{ findings: Finding[]; database: DatabaseInspection | null }> {
  try {
    const database = await inspectDatabase(config);
    if (database !== null) return { findings: await judge(database), database };
    const text = `there is none in ${config.dataDir} yet: the first start of the app makes it`;
    return { findings: [warn(subject, text)], database: null };
  } catch (error) {
    return { findings: [fail(subject, (error as Error).message)], database: null };
  }
}
