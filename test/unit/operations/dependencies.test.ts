import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '../../support/jest.js';

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
}

const read = (file: string) => readFile(new URL(`../../../${file}`, import.meta.url), 'utf8');

/** Old packages name theirs in a list, which the lockfile leaves out. */
async function ofBefore(path: string): Promise<string> {
  const { licenses = [] } = JSON.parse(await read(`${path}/package.json`)) as {
    licenses?: { type: string }[];
  };
  return licenses[0]?.type ?? `none, of ${path}`;
}

let needed: string[];
let packages: [string, LockedPackage][];
let page: string;

beforeAll(async () => {
  needed = Object.keys(JSON.parse(await read('package.json')).dependencies);
  const lock = JSON.parse(await read('package-lock.json')).packages as Record<string, LockedPackage>;
  packages = Object.entries(lock).filter(([path, { dev }]) => path !== '' && !dev);
  page = await read('server/operations/dependencies.md');
});

describe('what production needs', () => {
  it('has a reason for each package, and no reason for one that is not there', () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, name]) => name);
    expect(rows.toSorted()).toEqual(needed.toSorted());
  });

  it('comes under the licences that its page lists, with all that comes along', async () => {
    const [, listed = ''] = /^Licences: (.*)\.$/m.exec(page) ?? [];
    const allowed = listed.split(/, and |, /).map((name) => name.replaceAll('`', ''));
    const found = await Promise.all(packages.map(async ([path, { license }]) => license ?? ofBefore(path)));
    expect(found.filter((license) => !allowed.includes(license))).toEqual([]);
    expect(packages.length).toBeGreaterThan(needed.length);
  });

  it('runs nothing while it is installed, and is got from whatever registry the machine has', () => {
    expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual([]);
    expect(packages.filter(([, { resolved }]) => resolved?.startsWith('http')).map(([path]) => path)).toEqual(
      [],
    );
  });
});
