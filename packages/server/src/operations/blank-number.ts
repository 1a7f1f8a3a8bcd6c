/** The field where nothing was given and 0 was read: who forgot to fill it in did not mean that. */
export const blankNumber = (given: unknown, read: unknown): string | undefined =>
  Object.entries(read as object).find(([name, value]) => {
    const raw = (given as Readonly<Record<string, unknown>>)[name]
    return typeof value === 'number' && (raw === '' || raw === null)
  })?.[0]
