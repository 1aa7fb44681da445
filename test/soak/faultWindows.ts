/** The time in which a fault may be felt. In milliseconds of `performance.now()`. */
export interface FaultWindow {
  readonly name: string;
  readonly from: number;
  /** Infinity while the fault lasts. */
  until: number;
}

/** When which fault may be felt: from its beginning until it is over, and for the time after that which healing may take. */
export class FaultWindows {
  readonly all: FaultWindow[] = [];

  open(name: string, from = performance.now()): FaultWindow {
    const window = { name, from, until: Number.POSITIVE_INFINITY };
    this.all.push(window);
    return window;
  }

  /** The fault that may have been felt between two times, or null. */
  during(from: number, until: number): string | null {
    return this.all.find((window) => window.from <= until && from <= window.until)?.name ?? null;
  }

  /** When the last fault until now has healed: infinity while one lasts, and long ago when there was none. */
  healedAt(): number {
    return this.all.reduce((latest, { until }) => Math.max(latest, until), Number.NEGATIVE_INFINITY);
  }
}
