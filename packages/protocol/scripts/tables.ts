import { CLOSE_RULES, CODES } from '../src/codes.js'
import { LIMITS } from '../src/limits.js'

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const orNone = (value: number | null): string => (value === null ? '' : String(value))
const yesNo = (value: boolean): string => (value ? 'yes' : 'no')

const codes = (): string =>
  table(
    ['code', 'HTTP', 'close', 'retryable', 'outcome', 'what happened', 'what to do'],
    Object.entries(CODES).map(([code, row]) => [
      `\`${code}\``,
      orNone(row.http),
      orNone(row.close),
      yesNo(row.retryable),
      `\`${row.outcome}\``,
      row.message,
      row.remediation,
    ]),
  )

const NEXT = {
  yes: 'connects again',
  with_new_token: 'connects again with a new token',
  no: 'stops',
} as const

const closes = (): string =>
  table(
    ['code', 'what happened', 'the client'],
    Object.entries(CLOSE_RULES).map(([code, rule]) => [code, rule.meaning, NEXT[rule.reconnect]]),
  )

/** What stands above a limit in its source: the one place where its meaning is written. */
function meaningOf(name: string, source: string): string {
  const found = new RegExp(`/\\*\\* ([^*]*) \\*/\\s+${name}:`).exec(source)
  if (found?.[1] === undefined) throw new Error(`limits.ts says nothing about ${name}`)
  return found[1]
}

const limits = (source: string): string =>
  table(
    ['limit', 'value', 'meaning'],
    Object.entries(LIMITS).map(([name, value]) => [
      `\`${name}\``,
      value.toLocaleString('en'),
      meaningOf(name, source),
    ]),
  )

/** PROTOCOL.md with its generated tables as the source has them now. */
export function withTables(markdown: string, limitsSource: string): string {
  const tables = { codes: codes(), closes: closes(), limits: limits(limitsSource) }
  return Object.entries(tables).reduce((text, [name, content]) => {
    const place = new RegExp(`(<!-- ${name}\\b[^>]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`)
    if (!place.test(text)) throw new Error(`PROTOCOL.md has no place for the table of ${name}`)
    return text.replace(
      place,
      (_, open: string, close: string) => `${open}\n${content}\n\n${close}`,
    )
  }, markdown)
}
