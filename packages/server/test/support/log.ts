import { pino } from 'pino'
import type { Logger } from '../../src/observe/log.js'

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever a line holds
export type Line = any

export interface CapturedLog {
  readonly log: Logger
  /** What was written, as it stands in a file. */
  readonly written: string[]
  /** The lines that hold a text, read. */
  grep(text: string): Line[]
}

/** A logger like a server's own, whose lines are kept. */
export function captureLog(level: string): CapturedLog {
  const written: string[] = []
  const log = pino({ level, base: null }, { write: (line: string) => void written.push(line) })
  return {
    log,
    written,
    grep: (text) =>
      written.filter((line) => line.includes(text)).map((line) => JSON.parse(line) as Line),
  }
}
