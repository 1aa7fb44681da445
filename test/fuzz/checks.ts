import { parsedUrl } from '../../server/kernel/parsedUrl.js';
import type { WireAnswer } from './exchange.js';
import { injected, unescaped } from './values.js';

/** What a place says of its own answers. */
export interface Rules {
  /** The origins that an answer may lead to besides its own. */
  readonly leadsTo: readonly string[];
  /** Whether an answer to a path may be without the headers that keep browsers safe. */
  isBare(path: string): boolean;
  /** Whether an answer to a path may be kept by a browser. */
  isKept(path: string): boolean;
  /** Whether each answer has a reference, by which the log knows it. */
  readonly isReferred: boolean;
  /** Whether an answer to a path may say that somebody behind the place has failed, since what was asked came as if from them. */
  mayBlame(path: string): boolean;
  /** Whether it may close the connection without an answer. */
  mayHangUp(method: string): boolean;
}

/** Which marks a request had. */
export interface Marks {
  readonly inWords: string;
  readonly inPath: string;
}

/** What only a stack, a program's own error or a path of a file looks like. */
const insides =
  /\n\s+at .+:\d+:\d+|node_modules|file:\/\/|\.[tj]s:\d+|\b(?:Type|Range|Syntax|Reference|URI|Zod)Error\b|SQLITE_|SqliteError|Cannot (?:read|GET|POST)/;

/** What Node.js answers by itself, without a word, where it can't read a request. */
const ofNode: readonly number[] = [400, 408, 413, 417, 431, 501];

const isHtml = (type: string) => type.startsWith('text/html');

/**
 * What is wrong with an answer, whatever was asked. Empty when nothing is.
 * @param origin of the place that was asked
 */
export function faultsOf(
  answer: WireAnswer,
  asked: { readonly path: string; readonly method: string; readonly origin: string },
  marks: Marks,
  rules: Rules,
): string[] {
  const { status, head, body } = answer;
  const one = (name: string) => answer.headers.get(name)?.[0] ?? '';
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string) => void (holds || faults.push(fault));

  const silent = ofNode.includes(status) && body === '' && one('x-request-id') === '';
  const isReferred = one('x-request-id') !== '' || silent || rules.isBare(asked.path);
  expect(!rules.isReferred || isReferred, `${status} without a reference`);
  const isBlame = status === 502 && rules.mayBlame(asked.path);
  expect(status >= 200 && (status < 500 || status === 501 || isBlame), `the status ${status}`);
  expect(!insides.test(body), `the insides show: ${insides.exec(body)?.[0]}`);
  expect(!body.includes(process.cwd()), 'a path of a file shows');

  expect(!answer.headers.has(injected), 'a header came through');
  for (const each of [marks.inWords, marks.inPath]) {
    for (const [name, values] of answer.headers) {
      const isThere = values.some((value) => value.includes(each));
      expect(!isThere || name === 'location', `a header shows what was sent: ${name}`);
    }
    for (let at = body.indexOf(each); at >= 0 && isHtml(one('content-type')); at = body.indexOf(each, at + 1))
      expect(
        !unescaped.test(body.slice(at + each.length)),
        `markup comes back: ${body.slice(at - 60, at + 60)}`,
      );
  }
  expect(!/[^\P{Cc}\t\r\n]/u.test(head), 'a header has control characters');
  const location = one('location');
  if (location !== '') {
    const origin = parsedUrl(location, asked.origin)?.origin ?? '';
    expect([asked.origin, ...rules.leadsTo].includes(origin), `it leads to ${location.slice(0, 200)}`);
  }
  const isBare = rules.isBare(asked.path) && !isHtml(one('content-type'));
  if (silent || isBare) return faults;

  expect(one('x-content-type-options') === 'nosniff', 'no nosniff');
  expect(one('content-security-policy').startsWith("default-src 'none'"), 'no Content-Security-Policy');
  expect(!/script-src[^;]*'unsafe/.test(one('content-security-policy')), 'scripts are unsafe');
  expect(one('referrer-policy') === 'no-referrer', 'no Referrer-Policy');
  const mayKeep = rules.isKept(asked.path) && status < 400;
  expect(mayKeep || one('cache-control') === 'no-store', `it may be kept: ${one('cache-control')}`);
  expect(one('x-powered-by') === '', 'X-Powered-By');
  if (one('content-type').includes('json') && asked.method !== 'HEAD' && body !== '') {
    expect(isJson(body), 'what is said to be JSON is none');
  }
  return faults;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
