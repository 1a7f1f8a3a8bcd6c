/** How often each kind of thing was tried; printed, and held to a least part of the whole. */
export class Coverage {
  private readonly counts = new Map<string, number>()
  total = 0

  constructor(names: Iterable<string> = []) {
    for (const name of names) this.counts.set(name, 0)
  }

  count(name: string, times = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + times)
    this.total += times
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0
  }

  /** Those that were tried less often than this part of all. */
  below(part: number): readonly string[] {
    return [...this.counts].filter(([, count]) => count < this.total * part).map(([name]) => name)
  }

  table(): string {
    const width = Math.max(...[...this.counts.keys()].map((name) => name.length))
    return [...this.counts]
      .sort(([, a], [, b]) => b - a)
      .map(
        ([name, count]) =>
          `  ${name.padEnd(width)} ${String(count).padStart(8)} ${((100 * count) / this.total).toFixed(1).padStart(5)} %`,
      )
      .join('\n')
  }
}
