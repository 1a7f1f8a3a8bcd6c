import { type ContractRunner, collectCases } from '../../src/ports/contract/runner.js'

/** Longest that one case may take before it counts as failed. */
const CASE_DEADLINE_MS = 1_000
/** Adapters in this process are ready within milliseconds. */
const PATIENCE_MS = 200

/** A whole suite, some of whose cases run into their deadline. */
export const REFUSAL_TIMEOUT_MS = 120_000

/** The titles of the cases that an adapter fails. */
export async function failedCases(
  register: (runner: ContractRunner) => void,
): Promise<readonly string[]> {
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
