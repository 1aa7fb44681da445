import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '../support/jest.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rules = path.join(root, '.dependency-cruiser.cjs');
const cruise = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  await cp(path.join(root, 'tsconfig.json'), path.join(folder, 'tsconfig.json'));
  await plant('kernel/hashed.ts', 'export const hashed = (text: string) => text;\n');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function plant(file: string, text: string): Promise<void> {
  const where = path.join(folder, 'server', file);
  await mkdir(path.dirname(where), { recursive: true });
  await writeFile(where, text);
}

/** What the check of the layout says about the planted files. */
function check(): Promise<{ readonly passes: boolean; readonly said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cruise, 'server', '--config', rules], { cwd: folder }, (error, stdout) =>
      resolve({ passes: error === null, said: stdout }),
    );
  });
}

describe('the check of the layout', () => {
  it('lets a folder import those below it', async () => {
    await plant(
      'store/users.ts',
      "import { hashed } from '../kernel/hashed.js';\nexport const id = hashed('x');\n",
    );
    expect((await check()).passes).toBe(true);
  });

  it('fails on an import of a row above, of types alone too', async () => {
    await plant('admin/page.ts', 'export interface Page {\n  readonly title: string;\n}\n');
    await plant(
      'store/users.ts',
      "import type { Page } from '../admin/page.js';\nexport const titleOf = (page: Page) => page.title;\n",
    );
    const { passes, said } = await check();
    expect(passes).toBe(false);
    expect(said).toContain('store-imports-below: server/store/users.ts → server/admin/page.ts');
  });

  it('fails on a circle, of types alone too', async () => {
    await plant(
      'kernel/one.ts',
      "import type { Other } from './other.js';\nexport interface One {\n  readonly other: Other;\n}\n",
    );
    await plant(
      'kernel/other.ts',
      "import type { One } from './one.js';\nexport interface Other {\n  readonly one: One;\n}\n",
    );
    const { passes, said } = await check();
    expect(passes).toBe(false);
    expect(said).toContain('no-circles');
  });

  it('fails when the gateway and the store know each other', async () => {
    await plant('scalekit/gateway.ts', 'export const gateway = 1;\n');
    await plant(
      'store/users.ts',
      "import { gateway } from '../scalekit/gateway.js';\nexport const one = gateway;\n",
    );
    expect((await check()).said).toContain('store-imports-below');
  });

  it('is a part of npm run check', async () => {
    const { scripts } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts.check).toContain('depcruise server --config .dependency-cruiser.cjs');
  });
});
