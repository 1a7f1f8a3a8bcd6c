export interface PieceLimits {
  readonly maxItems: number
  /** Of all together, in whatever an item is measured. */
  readonly maxSize: number
}

/** How many of what is given, from its start, go together within the limits: at least one. */
export function pieceOf<T>(
  items: readonly T[],
  sizeOf: (item: T) => number,
  { maxItems, maxSize }: PieceLimits,
): number {
  let size = 0
  const end = items.findIndex((item, i) => {
    size += sizeOf(item)
    return i > 0 && (i >= maxItems || size > maxSize)
  })
  return end < 0 ? items.length : end
}

/** All of them in their order, so many at a time. */
export function* inPages<T>(items: readonly T[], count: number): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += count) yield items.slice(i, i + count)
}
