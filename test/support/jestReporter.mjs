import { writeSync } from 'node:fs';

/** Ends the output with one line of counts. A test file that could not run counts as one failure. */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const parts = [`${results.numPassedTests} passed`, `${failed} failed`];
    if (skipped > 0) parts.push(`${skipped} skipped`);
    // Jest's own summary comes after every reporter of ours, and its reporter holds back what is written meanwhile.
    process.once('exit', () => writeSync(1, `${parts.join(', ')}\n`));
  }
}
