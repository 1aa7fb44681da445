import { describe, expect, it } from '../../support/jest.js';
import { findProgram, type ProgramMachine } from '../../support/program.js';

const apt = '/usr/bin/apt-get';
const packageName = 'package';

/** @param leaves what a run of apt brings */
function machineWith(files: readonly string[], options: { isRoot?: boolean; leaves?: string } = {}) {
  const there = new Set([apt, ...files]);
  const ran: string[] = [];
  const machine: ProgramMachine = {
    env: { PATH: '/usr/bin:/opt/bin' },
    isRoot: options.isRoot ?? false,
    exists: (file) => there.has(file),
    async run(file, args) {
      ran.push([file, ...args].join(' '));
      if (args.includes('install') && options.leaves !== undefined) there.add(options.leaves);
    },
    say: () => undefined,
  };
  return { machine, ran };
}

describe('finding a program that tests run beside the app', () => {
  it('takes the one on the PATH, or where Debian keeps servers', async () => {
    const { machine, ran } = machineWith(['/opt/bin/one', '/usr/sbin/two']);
    await expect(findProgram('one', packageName, machine)).resolves.toBe('/opt/bin/one');
    await expect(findProgram('two', packageName, machine)).resolves.toBe('/usr/sbin/two');
    expect(ran).toEqual([]);
  });

  it('as root on Debian gets the distribution’s', async () => {
    const { machine, ran } = machineWith([], { isRoot: true, leaves: '/usr/sbin/three' });
    await expect(findProgram('three', packageName, machine)).resolves.toBe('/usr/sbin/three');
    expect(ran.at(-1)).toBe(`${apt} install -y --no-install-recommends package`);
  });

  it('says what to do when there is none, and leaves apt alone when it is not root', async () => {
    const { machine, ran } = machineWith([]);
    await expect(findProgram('four', packageName, machine)).rejects.toThrow(
      'sudo apt-get install -y package',
    );
    expect(ran).toEqual([]);
  });
});
