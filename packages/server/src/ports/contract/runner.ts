/** What a suite needs of a test runner; vitest, jest, mocha and `node:test` all have it. */
export interface ContractRunner {
  describe(name: string, body: () => void): void
  it(title: string, body: () => Promise<void>): void
  /** Longest that a case waits for something to happen, in milliseconds. @default 10,000 */
  readonly patienceMs?: number
}

/** One case of a suite, apart from any test runner. */
export interface ContractCase {
  readonly title: string
  readonly run: () => Promise<void>
}

/** How a suite writes a case: `body` gets a harness of its own, which is closed whatever comes of it. */
export const casesOver =
  <H extends { close(): Promise<void> }>(runner: ContractRunner, makeHarness: () => Promise<H>) =>
  (title: string, body: (harness: H) => Promise<void>): void =>
    runner.it(title, async () => {
      const harness = await makeHarness()
      try {
        await body(harness)
      } finally {
        await harness.close()
      }
    })

/** Collects the cases of a suite instead of running them: so a wrong adapter can be shown to fail. */
export function collectCases(
  register: (runner: ContractRunner) => void,
  patienceMs: number,
): readonly ContractCase[] {
  const cases: ContractCase[] = []
  register({
    patienceMs,
    describe: (_, body) => body(),
    it: (title, run) => {
      cases.push({ title, run })
    },
  })
  return cases
}

/** Resolves once the condition holds; rejects with what was waited for. Never sleeps. */
export type Eventually = (
  what: string,
  condition: () => boolean | Promise<boolean>,
) => Promise<void>

export const eventuallyWithin =
  (patienceMs = 10_000): Eventually =>
  async (what, condition) => {
    const start = performance.now()
    while (!(await condition())) {
      if (performance.now() - start > patienceMs) throw new Error(`waited in vain: ${what}`)
      await turn()
    }
  }

/** Waits as long as a case does by default. */
export const eventually: Eventually = eventuallyWithin()

/** Lets the event loop turn: whatever is ready happens. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Lets the event loop turn often enough for whatever an adapter in this process has begun. */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await turn()
}
