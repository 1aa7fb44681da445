import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../support/freePort.js';
import { type Front, startFront } from '../../support/front.js';
import { type InstanceProcess, startInstance } from '../../support/instanceProcess.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';

let disk: string;
let front: Front;
let instance: InstanceProcess | null = null;

function mount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const unmount = (folder: string) => execFileSync('umount', [folder]);

/** Mounting a disk takes root. Without it, `test/routes/http/unwritable.test.ts` shows the same with a file that refuses writes. */
function canMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'connect-accounts-disk-'));
  const mounted = mount(folder);
  if (mounted) unmount(folder);
  rmSync(folder, { recursive: true });
  return mounted;
}

beforeEach(async () => {
  front = await startFront();
  disk = await mkdtemp(path.join(tmpdir(), 'connect-accounts-disk-'));
  mount(disk);
});

afterEach(async () => {
  await instance?.stop();
  await front.close();
  unmount(disk);
  await rm(disk, { recursive: true, force: true });
});

/** Takes all the room that is left. */
async function fill(): Promise<void> {
  for (let size = 1024 * 1024; size >= 1; size = Math.floor(size / 2)) {
    for (let count = 0; ; count += 1) {
      const written = await writeFile(path.join(disk, `filler-${size}-${count}`), Buffer.alloc(size)).then(
        () => true,
        () => false,
      );
      if (!written) break;
    }
  }
}

const empty = () => execFileSync('sh', ['-c', 'rm -f "$0"/filler-*', disk]);

(canMount() ? describe : describe.skip)('a full disk under the app', () => {
  it('is told where something was to be saved and by /readyz, and is no matter once there is room', async () => {
    instance = await startInstance(disk, {
      PUBLIC_URL: front.url,
      DATA_DIR: disk,
      SANDBOX_PORT: String(await freePort()),
    });
    front.choose(instance.port);
    const visitor = await new Visitor(front.url).signIn('ada@example.com');
    await fill();
    const refused = await visitor.post('/connections/gmail/connect');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
    expect(refused.text).toContain('We can’t save anything right now');
    let ready = await visitor.getJson('/readyz');
    while (ready.status === 200) ready = await visitor.getJson('/readyz');
    expect(ready.body.database).toBe('can’t be written');
    expect((await visitor.get('/connections')).status).toBe(200);
    const anonymous = await new Visitor(front.url).get('/sign-in');
    expect(anonymous.status).toBe(503);
    expect((await visitor.getJson('/healthz')).status).toBe(200);
    empty();
    while (ready.status === 503) ready = await visitor.getJson('/readyz');
    expect((await visitor.post('/connections/gmail/connect')).status).toBe(303);
    expect(instance.stderr()).toBe('');
  });
});
