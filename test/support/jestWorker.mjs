import { register } from 'tsx/esm/api';

/** Prepares a worker, which is a thread, once before its first test file. */
export default function setUp() {
  register();
  // How the tests are loaded is no matter of the processes that they start.
  delete process.env.NODE_OPTIONS;
  // It would end the thread without a word, and the runner would wait for it for ever.
  process.exit = (code) => {
    throw new Error(`process.exit(${code ?? ''}) was called in a test`);
  };
}
