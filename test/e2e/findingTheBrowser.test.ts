import { findChromium, type Machine } from '../support/chromium.js';
import { describe, expect, it } from '../support/jest.js';

const headless = '/usr/bin/chromium-headless-shell';
const apt = '/usr/bin/apt-get';

/** A machine on which these files are there, and each program that runs may leave new ones behind. */
function machineWith(files: string[], options: Partial<Machine> & { leaves?: Record<string, string> } = {}) {
  const there = new Set(files);
  const ran: string[] = [];
  const { leaves = {}, ...rest } = options;
  const machine: Machine = {
    env: {},
    isRoot: false,
    playwrightPath: '/cache/chrome',
    exists: (file) => there.has(file),
    async run(file, args) {
      const command = [file, ...args].join(' ');
      if (!args.includes('--version')) ran.push(command);
      const [, made] = Object.entries(leaves).find(([part]) => command.includes(part)) ?? [];
      if (made !== undefined) there.add(made);
      else if (!there.has(file)) throw new Error(`${file} failed`);
    },
    say: () => undefined,
    ...rest,
  };
  return { machine, ran };
}

describe('finding a browser', () => {
  it('takes the one that CHROMIUM_PATH names', async () => {
    const { machine } = machineWith(['/opt/chrome', '/usr/bin/chromium'], {
      env: { CHROMIUM_PATH: '/opt/chrome' },
    });
    await expect(findChromium(machine)).resolves.toBe('/opt/chrome');
  });

  it('refuses a CHROMIUM_PATH that does not start, rather than testing in another browser', async () => {
    const { machine } = machineWith(['/usr/bin/chromium'], { env: { CHROMIUM_PATH: '/opt/chrome' } });
    await expect(findChromium(machine)).rejects.toThrow('CHROMIUM_PATH names /opt/chrome');
  });

  it('prefers the system’s, then Playwright’s, and installs nothing then', async () => {
    const { machine, ran } = machineWith(['/usr/bin/google-chrome-stable', '/cache/chrome']);
    await expect(findChromium(machine)).resolves.toBe('/usr/bin/google-chrome-stable');
    await expect(findChromium(machineWith(['/cache/chrome']).machine)).resolves.toBe('/cache/chrome');
    expect(ran).toEqual([]);
  });

  it('lets Playwright install one', async () => {
    const { machine, ran } = machineWith([], { leaves: { 'cli.js install chromium': '/cache/chrome' } });
    await expect(findChromium(machine)).resolves.toBe('/cache/chrome');
    expect(ran).toHaveLength(1);
  });

  it('prefers the one that only works without a window, which needs less', async () => {
    const { machine } = machineWith(['/usr/bin/chromium', headless]);
    await expect(findChromium(machine)).resolves.toBe(headless);
  });

  it('as root on Debian falls back on the distribution’s package', async () => {
    const { machine, ran } = machineWith([apt], {
      isRoot: true,
      leaves: { 'apt-get install -y --no-install-recommends chromium-headless-shell ': headless },
    });
    await expect(findChromium(machine)).resolves.toBe(headless);
    expect(ran.filter((command) => command.startsWith(`${apt} install`))).toHaveLength(1);
  });

  it('takes the whole browser where the distribution has no other', async () => {
    const { machine } = machineWith([apt], {
      isRoot: true,
      leaves: { 'apt-get install -y --no-install-recommends chromium ': '/usr/bin/chromium' },
    });
    await expect(findChromium(machine)).resolves.toBe('/usr/bin/chromium');
  });

  it('says what to do when nothing works, and leaves apt alone when it is not root', async () => {
    const { machine, ran } = machineWith([apt]);
    await expect(findChromium(machine)).rejects.toThrow(/apt-get install -y chromium[\s\S]*CHROMIUM_PATH=/);
    expect(ran.filter((command) => command.startsWith(apt))).toEqual([]);
  });
});
