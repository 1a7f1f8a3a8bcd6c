import { expect } from 'vitest'

/** Longer than a service that was away may take to be used again. */
const PATIENCE_MS = 40_000

/** What a process says at `/readyz`. */
export function readinessOf(url: string) {
  async function ask() {
    const answer = await fetch(`${url}/readyz`)
    const body = (await answer.json()) as { status: string; checks: Record<string, string> }
    return { status: answer.status, ...body.checks }
  }
  return {
    /** Resolves when it answers with this status and, among others, these checks. */
    becomes: (status: number, checks: Record<string, unknown>): Promise<void> =>
      expect
        .poll(ask, { timeout: PATIENCE_MS, interval: 100 })
        .toMatchObject({ status, ...checks }),
  }
}

/** The same of several processes, who are asked at the same time. */
export const allBecome = async (
  processes: readonly ReturnType<typeof readinessOf>[],
  status: number,
  checks: Record<string, unknown>,
): Promise<void> => {
  await Promise.all(processes.map((each) => each.becomes(status, checks)))
}
