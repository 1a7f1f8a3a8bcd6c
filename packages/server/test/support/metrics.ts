import type { Registry } from 'prom-client'

// prom-client writes what it could not measure yet as Nan, and Prometheus reads it in any case
const LINE =
  /^[a-zA-Z_:][\w:]*(\{[a-zA-Z_]\w*="(\\.|[^"\\])*"(,[a-zA-Z_]\w*="(\\.|[^"\\])*")*\})? (-?[\d.e+-]+|Na[nN]|[+-]Inf)$/

/** Every sample of the text of `/metrics` by its name and labels; throws for a line that is none. */
export function samples(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('# HELP ') || line.startsWith('# TYPE ') || line === '') continue
    if (!LINE.test(line)) throw new Error(`no line of Prometheus: ${line}`)
    const at = line.lastIndexOf(' ')
    found.set(line.slice(0, at), Number(line.slice(at + 1)))
  }
  return found
}

/** What `/metrics` would say now of each of these, by its name without `tidings_`, and its labels. */
export async function told<Name extends string>(
  { registry }: { readonly registry: Registry },
  ...names: readonly Name[]
): Promise<Record<Name, number | undefined>> {
  const found = samples(await registry.metrics())
  const of = (name: Name) => [name, found.get(`tidings_${name}`)]
  return Object.fromEntries(names.map(of)) as Record<Name, number | undefined>
}
