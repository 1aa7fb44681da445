/** The requested faults that are not used up. */
export class FaultList<Fault extends { readonly times?: number | undefined }> {
  #faults: Fault[] = [];

  list(): readonly Fault[] {
    return [...this.#faults];
  }

  add(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  clear(): void {
    this.#faults = [];
  }

  /** Returns the faults that match a call, and counts each as used once. */
  protected strike(matches: (fault: Fault) => boolean): readonly Fault[] {
    const matching = this.#faults.filter(matches);
    this.#faults = this.#faults.flatMap((fault) => {
      if (!matching.includes(fault) || fault.times === undefined) return [fault];
      return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
    });
    return matching;
  }
}
