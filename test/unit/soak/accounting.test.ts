import { Answers } from '../../soak/answers.js';
import { FaultWindows } from '../../soak/faultWindows.js';
import { Ledger, lastToldWrong, shownFor, type Told, undelivered, unprocessed } from '../../soak/ledger.js';
import { reportOf } from '../../soak/report.js';
import type { SoakResult } from '../../soak/soak.js';
import { describe, expect, it } from '../../support/jest.js';

const pair = 'ada gmail';

describe('the accounting of accounts', () => {
  it('finds nothing where all that was acknowledged is there', () => {
    const ledger = new Ledger();
    ledger.acknowledge(pair, 'active');
    expect(ledger.compare(pair, 'ACTIVE', 'now')).toEqual([]);
    expect(ledger.compare('ada slack', undefined, 'now')).toEqual([]);
  });

  it.each([
    ['active', undefined],
    ['active', 'PENDING_AUTH'],
    ['not_connected', 'ACTIVE'],
    ['expired', 'ACTIVE'],
    ['disconnected', undefined],
  ] as const)('finds what was acknowledged as %s and is %s', (standing, status) => {
    const ledger = new Ledger();
    ledger.acknowledge(pair, standing);
    expect(ledger.compare(pair, status, 'now')).toHaveLength(1);
  });

  it('finds an account that nobody connected', () => {
    expect(new Ledger().compare(pair, 'ACTIVE', 'now')).toHaveLength(1);
  });

  it('claims nothing of an action that was begun and not acknowledged', () => {
    const ledger = new Ledger();
    ledger.acknowledge(pair, 'active');
    ledger.begin(pair);
    expect(ledger.compare(pair, undefined, 'now')).toEqual([]);
    ledger.acknowledge(pair, 'not_connected');
    expect(ledger.compare(pair, 'ACTIVE', 'now')).toHaveLength(1);
  });

  it('knows no state to show for a status that Scalekit does not have', () => {
    expect(shownFor('REVOKED')).toEqual([]);
    expect(shownFor(undefined)).toEqual(['not_connected']);
  });
});

describe('the accounting of events', () => {
  it('finds those that were accepted and not recorded, not worked on, or given up', () => {
    const recorded = [
      { id: 'done', outcome: 'done' },
      { id: 'ignored', outcome: 'ignored' },
      { id: 'waits', outcome: null },
      { id: 'given up', outcome: 'given_up' },
    ];
    expect(unprocessed(['done', 'ignored'], recorded)).toEqual([]);
    expect(unprocessed(['done', 'waits', 'given up', 'gone'], recorded)).toHaveLength(3);
  });
});

describe('the accounting of webhooks to another app', () => {
  const told = (sequence: number, type = 'connection.active', about = pair): Told => ({
    id: `evt_${about}_${sequence}`,
    type,
    about,
    sequence,
  });
  const [one, two, other] = [told(1), told(2, 'connection.disconnected'), told(1, undefined, 'bob gmail')];

  it('finds nothing where all came in order, once or more often, whatever came of others between', () => {
    expect(undelivered([one, two, other], [one, other, two])).toEqual([]);
    expect(undelivered([one, two, other], [one, two, one, other, two])).toEqual([]);
    expect(undelivered([], [])).toEqual([]);
  });

  it('finds what never came, what came after a later one, and what was never written down', () => {
    expect(undelivered([one, two], [two])).toEqual([`connection.active ${one.id} never came`]);
    expect(undelivered([one, two], [two, one])).toEqual([
      `connection.active ${one.id} of ${pair} came after a later one`,
    ]);
    expect(undelivered([one], [one, two])).toEqual([`${two.id} came and was never written down`]);
  });

  it('finds where the last that was told is not how it stands', () => {
    expect(lastToldWrong(pair, 'not_connected', [one, two, other])).toEqual([]);
    expect(lastToldWrong(pair, 'active', [one, two])).toHaveLength(1);
    expect(lastToldWrong('bob gmail', 'expired', [other])).toHaveLength(1);
    expect(lastToldWrong('eve gmail', 'active', [])).toHaveLength(1);
    expect(lastToldWrong('eve gmail', 'not_connected', [])).toEqual([]);
  });
});

/** The result of a soak of 20 minutes, with one fault from the fifth minute to the sixth. */
function resultWith(
  note: (answers: Answers) => void,
  { lost = [] as readonly string[], mbPerMinute = 0, from = 0, reckoned = true } = {},
): SoakResult {
  const minute = 60_000;
  const windows = new FaultWindows();
  windows.open('a fault', 5 * minute).until = 6 * minute;
  const answers = new Answers(windows);
  note(answers);
  const samples = Array.from({ length: 120 - from }, (_, index) => {
    const at = (from + index) / 360;
    return { at, value: 80 + mbPerMinute * at * 60 + Math.sin(index) };
  });
  return {
    answers,
    windows,
    measuredFrom: 0,
    measuredUntil: 20 * minute,
    lives: [{ name: 'the first', pid: 1, resident: samples, heap: samples }],
    lateness: { p50: 0, p99: 0 },
    reckoned: reckoned ? { lost, acknowledged: 1, events: 1, told: 1 } : null,
  };
}

describe('the verdict of a soak', () => {
  const minute = 60_000;
  const failuresOf = (result: SoakResult) => reportOf(result).failures;

  it('is that it passed where nothing was lost, errors are explained, and no memory grows', () => {
    const result = resultWith((answers) => {
      answers.note('the list', 1 * minute, null, 1 * minute + 20);
      answers.note('the list', 5.5 * minute, '503', 5.5 * minute + 20);
      // It began before the fault, and ended in it.
      answers.note('the list', 4.99 * minute, '502', 5.1 * minute);
    });
    expect(failuresOf(result)).toEqual([]);
    expect(reportOf(result).lines).toContain('  1 × the list: 503 (a fault)');
  });

  it.each([
    ['an error before a fault', '503', 4],
    ['an error after a fault', '502', 6.1],
    ['an error of the app itself, in a fault too', '500 Something went wrong', 5.5],
  ])('is that it failed by %s', (_, error, at) => {
    const result = resultWith((answers) => answers.note('the list', at * minute, error, at * minute + 20));
    expect(failuresOf(result)).toEqual([`1 × the list: ${error}, with no fault that explains it`]);
  });

  it('is no surprise: an error that no fault explains is told when it comes', () => {
    const told: string[] = [];
    const windows = new FaultWindows();
    windows.open('a fault', 5 * minute).until = 6 * minute;
    const answers = new Answers(windows, (text) => told.push(text));
    answers.note('the list', 4 * minute, null, 4 * minute + 20);
    answers.note('the list', 5.5 * minute, '503', 5.5 * minute + 20);
    expect(told).toEqual([]);
    answers.note('connect', 7 * minute, '504', 7 * minute + 9_000);
    expect(told).toEqual(['connect: 504, asked 9000 ms before, with no fault that explains it']);
  });

  it('is that it failed by what was lost, and by what was not looked for', () => {
    expect(failuresOf(resultWith(() => {}, { lost: ['ada gmail'] }))).toEqual(['1 lost']);
    expect(failuresOf(resultWith(() => {}, { reckoned: false }))).toEqual(['it was stopped']);
  });

  it('is that it failed by memory that grows, of a process that lived all the time', () => {
    expect(failuresOf(resultWith(() => {}, { mbPerMinute: 1 }))).toEqual([
      'the resident memory of the first grows',
      'the heap of the first grows',
    ]);
    expect(failuresOf(resultWith(() => {}, { mbPerMinute: -1 }))[1]).toContain('falls');
    expect(failuresOf(resultWith(() => {}, { mbPerMinute: 1, from: 60 }))).toEqual([]);
  });

  it('tells times in faults from those outside', () => {
    const { answers } = resultWith((given) => {
      given.note('the list', 1 * minute, null, 1 * minute + 20);
      given.note('the list', 5.5 * minute, null, 5.5 * minute + 900);
    });
    expect(answers.latencies(0, false)).toMatchObject([{ kind: 'the list', answers: 1, p99: 20 }]);
    expect(answers.latencies(0, true)).toMatchObject([{ kind: 'the list', answers: 1, p99: 900 }]);
    expect(answers.latencies(2 * minute, false)).toEqual([]);
  });
});
