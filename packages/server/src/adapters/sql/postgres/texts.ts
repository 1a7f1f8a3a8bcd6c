/** Statements that a session keeps prepared at most (I7). */
const NAMES_MAX = 200
/** Texts remembered until they come again; lists of many lengths make many. */
const SEEN_MAX = 1_000

/** A name for a statement that comes again, under which each session prepares it once. */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>()
  const seen = new Set<string>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined || names.size >= NAMES_MAX) return known
    if (!seen.delete(text)) {
      if (seen.size >= SEEN_MAX) seen.clear()
      seen.add(text)
      return undefined
    }
    const name = `t${names.size + 1}`
    names.set(text, name)
    return name
  }
}

const QUOTED_OR_PARAMETER = /'(?:[^']|'')*'|"[^"]*"|\?/g

/** `?` as PostgreSQL numbers parameters. What a dialect has compiled holds none. */
export function numbered(text: string): string {
  if (!text.includes('?')) return text
  let number = 0
  return text.replace(QUOTED_OR_PARAMETER, (part) => (part === '?' ? `$${++number}` : part))
}
