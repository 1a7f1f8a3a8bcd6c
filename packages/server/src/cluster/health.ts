import { withDeadline } from '../environment/deadline.js'
import type { ServerEnvironment } from '../ports/environment.js'

/** `needed`: without it the process cannot do its work. `helpful`: it goes on, with less comfort. */
export interface Check {
  readonly kind: 'needed' | 'helpful'
  /** Resolves when it answers. */
  readonly ask: () => Promise<unknown>
}

export interface HealthOptions {
  readonly environment: ServerEnvironment
  readonly checks: Readonly<Record<string, Check>>
  /** A dependency that has not answered by then does not. @default 1,500 */
  readonly timeoutMs?: number
  /** Answers are kept so long: asking costs nobody anything. @default 500 */
  readonly keptMs?: number
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error)

/** Asks every dependency at the same time; each is `ok`, `away: …` or `degraded: …` with the reason. Never rejects. */
export function createHealth(options: HealthOptions): () => Promise<Record<string, string>> {
  const { environment, checks, timeoutMs = 1_500, keptMs = 500 } = options
  let kept: { readonly at: number; readonly answer: Promise<Record<string, string>> } | undefined

  async function answerOf({ kind, ask }: Check): Promise<string> {
    try {
      await withDeadline(environment, ask(), timeoutMs)
      return 'ok'
    } catch (error) {
      // a word before it: whatever the reason says, it is never read as "ok" or as degraded
      return `${kind === 'helpful' ? 'degraded' : 'away'}: ${reasonOf(error)}`
    }
  }

  async function askAll(): Promise<Record<string, string>> {
    const names = Object.keys(checks)
    const answers = await Promise.all(Object.values(checks).map(answerOf))
    return Object.fromEntries(names.map((name, i) => [name, answers[i] ?? 'not asked']))
  }

  return () => {
    const now = environment.monotonicNow()
    if (kept === undefined || now - kept.at > keptMs) kept = { at: now, answer: askAll() }
    return kept.answer
  }
}
