import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * How long a request may take until its answer begins, in milliseconds. Users are promised an answer within ten
 * seconds; the last one is for what comes after the waiting: the page, the network, a busy machine.
 */
const requestBudgetMs = 9000;

/** A response has kept the promise once it has begun, or once its client has gone. Express's responses fit. */
interface Answer {
  readonly headersSent: boolean;
  once(event: 'close', listener: () => void): unknown;
}

interface Budget {
  readonly endsAt: number;
  /**
   * Null once it is over: a timer or a connection that began in a request keeps its budget, for a minute or for good, and is not to keep all
   * of the request.
   */
  answer: Answer | null;
}

const budgets = new AsyncLocalStorage<Budget | null>();

/**
 * Handles a request within its budget: each wait takes at most `remainingMs()`. The budget ends with the first byte of
 * the answer, so streams and exports may take longer, and so may work that a request leaves behind.
 */
export function limitTime(budgetMs = requestBudgetMs) {
  return (_request: unknown, answer: Answer, next: () => void): void => {
    const budget: Budget = { endsAt: performance.now() + budgetMs, answer };
    answer.once('close', () => {
      budget.answer = null;
    });
    budgets.run(budget, next);
  };
}

/**
 * How much time is left of the budget of the request that is being handled, in milliseconds: 0 when it is used up,
 * Infinity where there is no request, or where its answer has begun.
 */
export function remainingMs(): number {
  const budget = budgets.getStore();
  if (!budget || budget.answer === null || budget.answer.headersSent) return Number.POSITIVE_INFINITY;
  return Math.max(0, budget.endsAt - performance.now());
}

/** Runs work that outlives this request and must not end with its budget: shared reads, timers, jobs. */
export function outsideRequest<Result>(work: () => Result): Result {
  return budgets.run(null, work);
}

/**
 * Waits for shared work for as long as this request may. The work itself goes on after that.
 * @param late what to reject with when the budget is used up first
 */
export async function withinBudget<Result>(shared: Promise<Result>, late: () => Error): Promise<Result> {
  const leftMs = remainingMs();
  if (leftMs === Number.POSITIVE_INFINITY) return shared;
  let timer: NodeJS.Timeout | undefined;
  const giveUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), leftMs);
  });
  try {
    return await Promise.race([shared, giveUp]);
  } finally {
    clearTimeout(timer);
  }
}
