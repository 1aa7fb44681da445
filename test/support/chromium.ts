import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium, type LaunchOptions } from 'playwright-core';

/** What finding a browser needs of the machine. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  /** Where Playwright's own Chromium is once it is installed. */
  readonly playwrightPath: string;
  exists(file: string): boolean;
  /** Runs a program to its end. Rejects when it fails or takes longer. */
  run(file: string, args: readonly string[], deadlineMs: number): Promise<void>;
  /** Tells the person at the terminal why it takes longer. */
  say(line: string): void;
}

const minute = 60_000;
const startDeadlineMs = 20_000;

const systemPaths = [
  // Without windows: a page of its own costs a quarter of the processor time that one of a whole browser does.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
];
const aptGet = '/usr/bin/apt-get';

const whatToDo = [
  'The browser tests need Chromium, and none was found or could be installed. Do one of these:',
  '  - on Debian:            sudo apt-get install -y chromium-headless-shell',
  '  - elsewhere:            npx playwright-core install --with-deps chromium',
  '  - or name one:          CHROMIUM_PATH=/path/to/chromium npm test',
].join('\n');

/** Thrown when there is no browser; its message says what to do. */
export class NoChromiumError extends Error {
  override readonly name = 'NoChromiumError';
}

const thisMachine = (): Machine => ({
  env: process.env,
  isRoot: process.getuid?.() === 0,
  playwrightPath: chromium.executablePath(),
  exists: existsSync,
  run: (file, args, timeout) =>
    new Promise((resolve, reject) => {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      execFile(file, args, { timeout, env, maxBuffer: 64 * 1024 * 1024 }, (error) =>
        error ? reject(error) : resolve(),
      ).stdin?.end();
    }),
  say: (line) => process.stderr.write(`${line}\n`),
});

const playwrightCli = () =>
  path.join(path.dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');

const succeeds = (done: Promise<void>): Promise<boolean> =>
  done.then(
    () => true,
    () => false,
  );

/** Whether the file is there and starts: one without its shared libraries does not. */
async function starts(machine: Machine, file: string): Promise<boolean> {
  return machine.exists(file) && succeeds(machine.run(file, ['--version'], startDeadlineMs));
}

async function firstThatStarts(machine: Machine): Promise<string | null> {
  for (const file of [...systemPaths, machine.playwrightPath]) {
    if (await starts(machine, file)) return file;
  }
  return null;
}

async function installWithPlaywright(machine: Machine): Promise<void> {
  machine.say('Getting Chromium for the browser tests with Playwright’s installer …');
  await succeeds(machine.run(process.execPath, [playwrightCli(), 'install', 'chromium'], 3 * minute));
}

const installWithApt = (name: string) => async (machine: Machine) => {
  if (!machine.isRoot || !machine.exists(aptGet)) return;
  machine.say('Getting Chromium for the browser tests from the distribution …');
  await succeeds(machine.run(aptGet, ['update'], 2 * minute));
  const install = ['install', '-y', '--no-install-recommends', name, 'fonts-liberation'];
  await succeeds(machine.run(aptGet, install, 5 * minute));
};

/** Not every release of Debian has the first one, and what others have of the last may be an empty package. */
const installations = [
  installWithApt('chromium-headless-shell'),
  installWithPlaywright,
  installWithApt('chromium'),
];

/**
 * The path of a Chromium that starts: the one that `CHROMIUM_PATH` names, the system's, or Playwright's; else one
 * that is installed now, as root on Debian by the distribution, or by Playwright.
 * @throws NoChromiumError saying what to do
 */
export async function findChromium(machine: Machine = thisMachine()): Promise<string> {
  const named = machine.env.CHROMIUM_PATH;
  if (named) {
    if (await starts(machine, named)) return named;
    throw new NoChromiumError(`CHROMIUM_PATH names ${named}, which is not there or does not start.`);
  }
  const found = await firstThatStarts(machine);
  if (found !== null) return found;
  for (const install of installations) {
    await install(machine);
    const installed = await firstThatStarts(machine);
    if (installed !== null) return installed;
  }
  throw new NoChromiumError(whatToDo);
}

/** What Playwright switches off, repeated since of two lists Chromium takes the last. */
const offForPlaywright = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
];
/** Pages behind the address bar that nobody sees here: two more in every window, a third of all that it costs. */
const unseenPages = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];

/** A process that waits for a page which may come: most pages here are somebody's only one. */
const spareProcess = 'SpareRendererForSitePerProcess';

/**
 * How Chromium is started: without anything that reaches for the network by itself, and with as few processes as keep
 * sites apart, since each that starts costs processor time.
 */
export const launchOptions = (executablePath: string): LaunchOptions => ({
  executablePath,
  headless: true,
  chromiumSandbox: false,
  args: [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--renderer-process-limit=1',
    `--disable-features=${[...offForPlaywright, ...unseenPages, spareProcess].join(',')}`,
  ],
});
