import { describe, expect, it } from '../../../support/jest.js';
import { findPostgres, type PostgresMachine } from '../../../support/postgres.js';

const debian = '/usr/lib/postgresql';

/** A machine with these versions in these folders, on which apt may leave one more behind. */
function machineWith(
  servers: Record<string, string>,
  {
    isRoot = false,
    path = '',
    apt = {},
  }: { isRoot?: boolean; path?: string; apt?: Record<string, string> } = {},
) {
  const there = { ...servers };
  const ran: string[] = [];
  const machine: PostgresMachine = {
    env: { PATH: path },
    isRoot,
    exists: (file) =>
      file === '/usr/bin/apt-get' || Object.keys(there).some((folder) => file.startsWith(`${folder}/`)),
    list: (folder) =>
      Object.keys(there)
        .filter((one) => one.startsWith(`${folder}/`))
        .map((one) => one.split('/')[4] ?? ''),
    async run(file, args) {
      const version = there[file.replace(/\/postgres$/, '')];
      if (version !== undefined) return `postgres (PostgreSQL) ${version}\n`;
      ran.push([file, ...args].join(' '));
      if (args.includes('install')) Object.assign(there, apt);
      return '';
    },
    say: () => undefined,
  };
  return { machine, ran };
}

describe('finding PostgreSQL', () => {
  it('takes the newest that the distribution has', async () => {
    const { machine, ran } = machineWith({
      [`${debian}/9.6/bin`]: '9.6.24',
      [`${debian}/15/bin`]: '15.18 (Debian 15.18-0+deb12u1)',
      [`${debian}/17/bin`]: '17.5',
    });
    await expect(findPostgres(machine)).resolves.toBe(`${debian}/17/bin`);
    expect(ran).toEqual([]);
  });

  it('takes the one on the PATH where the distribution’s are too old', async () => {
    const { machine } = machineWith(
      { [`${debian}/14/bin`]: '14.11', '/opt/pg/bin': '16.2' },
      { path: '/usr/bin:/opt/pg/bin' },
    );
    await expect(findPostgres(machine)).resolves.toBe('/opt/pg/bin');
  });

  it('as root on Debian gets the distribution’s', async () => {
    const { machine, ran } = machineWith({}, { isRoot: true, apt: { [`${debian}/15/bin`]: '15.18' } });
    await expect(findPostgres(machine)).resolves.toBe(`${debian}/15/bin`);
    expect(ran.at(-1)).toContain('install -y --no-install-recommends postgresql');
  });

  it('says what to do when nothing works, and leaves apt alone when it is not root', async () => {
    const { machine, ran } = machineWith({});
    await expect(findPostgres(machine)).rejects.toThrow(
      /apt-get install -y postgresql[\s\S]*TEST_DATABASE_URL=/,
    );
    expect(ran).toEqual([]);
  });
});
