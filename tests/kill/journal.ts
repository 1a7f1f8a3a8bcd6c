import { readFileSync } from 'node:fs'
import type { Line } from './history.js'

/** What the clients have written down so far; a last line that is not whole yet is left out. */
export function readJournal(path: string): readonly Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line)
}

/** Sends that were called before a moment and acknowledged after it, or never. */
export function unacknowledged(lines: readonly Line[], at: number): number {
  const open = new Set<string>()
  for (const line of lines) if (line.kind === 'sent' && line.at <= at) open.add(line.clientMsgId)
  for (const line of lines)
    if (line.kind === 'acked' && line.at <= at) open.delete(line.clientMsgId)
  return open.size
}

/** Channels in which something was acknowledged after a moment. */
export const movedSince = (lines: readonly Line[], at: number): ReadonlySet<string> =>
  new Set(lines.flatMap((line) => (line.kind === 'acked' && line.at > at ? [line.channel] : [])))
