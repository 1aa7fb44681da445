import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '../../support/jest.js';

const module = new URL('../../../server/http/logging.ts', import.meta.url);

/** Starts a process that logs. @param script what it does, with a `logger` */
function logging(script: string): ChildProcessWithoutNullStreams {
  const source = `
    import { createLogger } from ${JSON.stringify(module.href)};
    const logger = createLogger('info');
    const crash = () => process.kill(process.pid, 'SIGKILL');
    ${script}`;
  const loader = import.meta.resolve('tsx');
  return spawn(process.execPath, ['--import', loader, '--input-type=module', '--eval', source]);
}

/** The messages that it writes until it ends. */
async function writtenBy(script: string): Promise<string[]> {
  const child = logging(script);
  const [written, faults] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect(faults).toBe('');
  return written
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
}

describe('the log on stdout', () => {
  it('has the lines of a turn when the turn is over, also when the process is killed then', async () => {
    const script = `logger.info('one'); logger.warn('two'); setImmediate(() => setImmediate(crash));`;
    expect(await writtenBy(script)).toEqual(['one', 'two']);
  });

  it('has an error at once, and all before it', async () => {
    const script = `logger.info('one'); logger.error('two'); crash();`;
    expect(await writtenBy(script)).toEqual(['one', 'two']);
  });

  it('has every line of a process that exits within the turn', async () => {
    const script = `logger.info('one'); createLogger('info').info('two'); logger.info('three'); process.exit(0);`;
    expect(await writtenBy(script)).toEqual(['one', 'two', 'three']);
  });

  it('has every line of a process that nothing catches an error in', async () => {
    const script = `process.on('uncaughtException', () => process.exit(1)); logger.info('one'); throw new Error();`;
    expect(await writtenBy(script)).toEqual(['one']);
  });

  it('has all of more lines than it holds, in order', async () => {
    const script = `for (let line = 0; line < 3000; line += 1) logger.info(String(line));`;
    expect(await writtenBy(script)).toEqual(Array.from({ length: 3000 }, (_, line) => String(line)));
  });

  it('is of no matter to a process whose log nobody reads any more', async () => {
    const child = logging(`
      logger.info('one');
      process.stdin.once('end', () => {
        let left = 20;
        const times = setInterval(() => {
          logger.info('more');
          left -= 1;
          if (left === 0) clearInterval(times);
        }, 1);
      }).resume();
      process.once('exit', () => process.stderr.write('it went on'));`);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    await once(child.stdout, 'close');
    child.stdin.end();
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ said, code }).toEqual({ said: 'it went on', code: 0 });
  });
});
