/** Chance that a seed decides, so that a run can be made with the same one again. */
export class Random {
  constructor(private seed: number) {}

  /** From 0 to less than 1 (mulberry32, which its author Tommy Ettinger gave to the public domain). */
  next(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** One of them, or undefined when there is none. */
  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.next() * items.length)];
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, place: this.next() }))
      .sort((one, other) => one.place - other.place)
      .map(({ item }) => item);
  }

  /** How long until the next of what comes by itself, so often a second on average. In milliseconds. */
  untilNext(perSecond: number): number {
    return (-Math.log(1 - this.next()) / perSecond) * 1000;
  }
}
