import { SQLITE, type WorkerFailure } from '../messages.js'

/** An expectation of a batch was not met. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed'
}

/** Another owner has been here: whatever this process knows may be out of date. */
export class OwnedByAnother extends Error {
  override readonly name = 'OwnedByAnother'
}

/** What is told of an error across the thread. */
export function failureOf(error: unknown): WorkerFailure {
  if (error instanceof CheckFailed) return { kind: 'check', message: error.message }
  if (error instanceof OwnedByAnother) return { kind: 'owner', message: error.message }
  const message = error instanceof Error ? error.message : String(error)
  const extended = error instanceof Error ? (error as { errcode?: unknown }).errcode : undefined
  if (typeof extended !== 'number') return { kind: 'engine', message }
  const code = extended & 0xff
  return { kind: code === SQLITE.constraint ? 'constraint' : 'engine', message, code }
}
