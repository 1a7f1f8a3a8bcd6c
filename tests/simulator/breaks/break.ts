/** One deliberate mistake, as it is made in a copy of the sources. */
export interface Break {
  readonly name: string
  /** What is done wrong. */
  readonly what: string
  readonly replacements: readonly Replacement[]
}

export interface Replacement {
  /** From the root of the repository. */
  readonly file: string
  /** Must stand in the file exactly once. */
  readonly find: string
  readonly replace: string
}
