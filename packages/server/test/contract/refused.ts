import { describe, expect, it } from 'vitest'
import { type ContractRunner, collectCases } from '../../src/ports/contract/runner.js'

/** Longest that one case may take before it counts as failed. */
const CASE_DEADLINE_MS = 1_000
/** Adapters in this process are ready within milliseconds. */
const PATIENCE_MS = 200

/** A whole suite, some of whose cases run into their deadline. */
const REFUSAL_TIMEOUT_MS = 120_000

/** So many wrong adapters, each wrong in its own way, a suite must at least refuse. */
const WRONG_ADAPTERS_MIN = 3

/** The titles of the cases that an adapter fails. */
async function failedCases(register: (runner: ContractRunner) => void): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { title, run } of collectCases(register, PATIENCE_MS)) {
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('took too long')), CASE_DEADLINE_MS)
    })
    try {
      await Promise.race([run(), deadline])
    } catch {
      failed.push(title)
    } finally {
      clearTimeout(timer)
    }
  }
  return failed
}

/**
 * Tests that a suite refuses wrong adapters, enough of them, each by the case that is about what it does wrong.
 * `registers` gives the suite over one of them; with `failsMax` each breaks what it says it breaks, not everything.
 */
export function refuses<W extends { readonly fails: RegExp }>(
  what: string,
  wrong: Readonly<Record<string, W>>,
  registers: (one: W, name: string) => (runner: ContractRunner) => void,
  failsMax = Number.POSITIVE_INFINITY,
): void {
  describe(`the contract refuses ${what}`, () => {
    it.each(Object.entries(wrong))(
      '%s',
      async (name, one) => {
        const failed = await failedCases(registers(one, name))
        expect(failed).toContainEqual(expect.stringMatching(one.fails))
        expect(failed.length).toBeLessThanOrEqual(failsMax)
      },
      REFUSAL_TIMEOUT_MS,
    )

    it('is wrong in one way of at least three', () => {
      expect(Object.keys(wrong).length).toBeGreaterThanOrEqual(WRONG_ADAPTERS_MIN)
    })
  })
}
