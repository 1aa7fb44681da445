/**
 * Does work for every item, so many at a time, and begins no other once one failed. Whoever gives a lease back after a
 * failure has to know that nothing is under way any more, which `p-map` does not tell.
 * @throws what the first one that failed threw, after all that were under way have ended
 */
export async function inParallel<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = toAsync(items);
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let next = await iterator.next(); !next.done && !failed; next = await iterator.next()) {
      await work(next.value);
    }
  };
  const noting = (error: unknown) => {
    failed = true;
    throw error;
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, () => worker().catch(noting)));
  const fault = ended.find(({ status }) => status === 'rejected');
  if (fault?.status === 'rejected') throw fault.reason;
}

/** Several workers may ask at the same time. It answers one after the other. */
async function* toAsync<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item, void> {
  yield* items;
}
