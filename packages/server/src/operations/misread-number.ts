const DIGITS = /^\d+$/

/**
 * The field where a number was read that nobody wrote: 0 of nothing, as where it was forgotten to be filled in, or 16
 * of `0x10`.
 */
export const misreadNumber = (given: unknown, read: unknown): string | undefined =>
  Object.entries(read as object).find(([name, value]) => {
    const raw = (given as Readonly<Record<string, unknown>>)[name]
    return typeof value === 'number' && (typeof raw === 'string' ? !DIGITS.test(raw) : raw === null)
  })?.[0]
