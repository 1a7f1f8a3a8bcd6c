/** One deliberate mistake, as it is made in a copy of the sources. */
export interface Break {
  readonly name: string
  /** What is done wrong. */
  readonly what: string
  /** A seed that shows it, where that takes many: it is tried before the others. */
  readonly seenIn?: number
  readonly replacements: readonly Replacement[]
}

export interface Replacement {
  /** From the root of the repository. */
  readonly file: string
  /** Must stand in the file exactly once. */
  readonly find: string
  readonly replace: string
}
