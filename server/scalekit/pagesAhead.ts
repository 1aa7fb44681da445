import { setImmediate as turn } from 'node:timers/promises';

/**
 * The pages of a listing. The call for the next one is on its way before one is given out, so that reading does not wait
 * for what is done with it.
 * @param from the token of the first page, null for the beginning
 * @param nextOf the token of the page after one, null for the last; what it throws ends the listing
 */
export async function* pagesAhead<Page>(
  from: string | null,
  read: (token: string | null) => Promise<Page>,
  nextOf: (page: Page) => string | null,
): AsyncGenerator<Page, void> {
  let reading = read(from);
  for (;;) {
    const page = await reading;
    const next = nextOf(page);
    if (next !== null) {
      reading = read(next);
      // Awaited in the next turn, unless this one fails first.
      reading.catch(() => undefined);
      // The call takes a few steps until it is sent, and work on the page would come between them.
      await turn();
    }
    yield page;
    if (next === null) return;
  }
}
