import { pino } from 'pino';

/** What is more than this is written within a turn, in characters. */
const heldAtMost = 16 * 1024;

/** The number that pino has for errors. */
const errorLevel = 50;

function writingByTurn() {
  const stdout = pino.destination({ dest: process.stdout.fd, sync: true });
  let held = '';
  let isDue = false;
  const flush = () => {
    const lines = held;
    held = '';
    if (lines !== '') stdout.write(lines);
  };
  process.on('exit', flush);
  return {
    // Has pino say in `lastLevel` of what level the line is that it writes next.
    [pino.symbols.needsMetadataGsym]: true as const,
    lastLevel: 0,
    write(line: string): void {
      held += line;
      if (this.lastLevel >= errorLevel || held.length > heldAtMost) flush();
      else if (!isDue) {
        isDue = true;
        setImmediate(() => {
          isDue = false;
          flush();
        });
      }
    },
  };
}

let made: ReturnType<typeof writingByTurn> | null = null;

/**
 * Where the lines of all logs go: to stdout, those of one turn of the event loop together. To write a line takes longer
 * than to make it, and under load a turn has several. The line of an error is written at once, with all before
 * it: the process may not live until the end of the turn.
 */
export function stdoutByTurn() {
  made ??= writingByTurn();
  return made;
}
