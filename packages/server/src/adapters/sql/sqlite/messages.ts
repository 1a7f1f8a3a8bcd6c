import type { SqlAnswers, SqlOutcome, SqlQuery, SqlRead, SqlStatement } from '../driver.js'

/** What a worker is told when it starts. */
export interface WorkerSettings {
  readonly role: 'writer' | 'reader' | 'lock'
  /** The database; left out for a worker that only holds the lock. */
  readonly file?: string
  /** Held exclusively for as long as the worker lives. */
  readonly lockFile?: string
  /** Opens only if the database is still of this generation: nobody else has owned it meanwhile (R10). */
  readonly generation?: number
}

/** What a worker says of itself once its database is open. */
export interface WorkerReport {
  readonly synchronous: number
  readonly journalMode: string
  readonly sqliteVersion: string
}

/** What a worker can be asked; each is answered once, under its number. */
export type WorkerCall =
  | { readonly kind: 'batch'; readonly statements: readonly SqlStatement[] }
  | { readonly kind: 'query'; readonly reads: readonly SqlRead[] }
  | { readonly kind: 'begin'; readonly session: number }
  | {
      readonly kind: 'execute'
      readonly session: number
      readonly query: SqlQuery
      readonly wants: 'rows' | 'changes'
    }
  | { readonly kind: 'commit' | 'rollback'; readonly session: number }
  | { readonly kind: 'copy'; readonly to: string }
  | { readonly kind: 'digest'; readonly file: string }
  | { readonly kind: 'close' }

export interface WorkerAnswers {
  batch: undefined
  query: SqlAnswers
  begin: undefined
  execute: SqlOutcome
  commit: undefined
  rollback: undefined
  copy: FileDigest
  digest: FileDigest
  close: undefined
}

export interface FileDigest {
  readonly bytes: number
  readonly sha256: string
}

export interface WorkerRequest {
  readonly number: number
  readonly call: WorkerCall
}

export interface WorkerFailure {
  /** `check`: an expectation was not met. `owner`: another has owned it. `constraint`: of the schema. `engine`: whatever else. */
  readonly kind: 'check' | 'owner' | 'constraint' | 'engine'
  readonly message: string
  /** SQLite's primary result code, where there is one. */
  readonly code?: number
}

export type WorkerReply =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly failure: WorkerFailure }

/** What a worker posts: first whether it is ready, then arrays of replies. */
export type WorkerPost =
  | { readonly ready: WorkerReport }
  | { readonly refused: WorkerFailure & { readonly at: 'lock' | 'open' } }
  | readonly WorkerReply[]

/** SQLite's primary result codes that we tell apart. */
export const SQLITE = Object.freeze({
  busy: 5,
  locked: 6,
  readonly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
})
