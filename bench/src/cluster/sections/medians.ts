import { median } from '../../cpu.js'

type Figures = Readonly<Record<string, number>>

/** The median of each figure. */
export function medians(all: readonly Figures[]): Figures {
  const names = new Set(all.flatMap((figures) => Object.keys(figures)))
  return Object.fromEntries(
    [...names].map((name) => [name, median(all.map((figures) => figures[name] ?? 0))]),
  )
}
