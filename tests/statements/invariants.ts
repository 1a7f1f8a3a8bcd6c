/** `npm run invariants`: writes into docs/invariants.md which test files name each invariant and rule. */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './claims.js'

const NAMES = [
  ...Array.from({ length: 9 }, (_, i) => `I${i + 1}`),
  ...Array.from({ length: 15 }, (_, i) => `R${i + 1}`),
]
const TITLE = /\b(?:it|test|describe)(?:\.\w+(?:\([^)]*\))?)*\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g
const FILE = join(root, 'docs/invariants.md')
const BEGIN = '<!-- held:begin -->'
const END = '<!-- held:end -->'

/** The invariants and rules that the titles of a test's source name. */
export function namedIn(source: string): ReadonlySet<string> {
  const named = new Set<string>()
  for (const [, , title = ''] of source.matchAll(TITLE)) {
    for (const [name] of title.matchAll(/\b[IR]\d{1,2}\b/g)) named.add(name)
  }
  return named
}

/** Test files by the invariant or rule that they name. */
export function heldBy(): ReadonlyMap<string, readonly string[]> {
  const held = new Map<string, string[]>(NAMES.map((name) => [name, []]))
  const files = globSync('{packages,tests}/**/*.test.ts', {
    cwd: root,
    exclude: (path) => /node_modules|dist/.test(path),
  }).sort()
  for (const file of files) {
    for (const name of namedIn(readFileSync(join(root, file), 'utf8'))) held.get(name)?.push(file)
  }
  return held
}

/** The page as it should be. */
export function pageText(): string {
  const page = readFileSync(FILE, 'utf8')
  const rows = [...heldBy()].map(
    ([name, files]) => `- **${name}** ${files.map((file) => `[${file}](../${file})`).join(', ')}`,
  )
  const before = page.slice(0, page.indexOf(BEGIN) + BEGIN.length)
  return `${before}\n${rows.join('\n')}\n${page.slice(page.indexOf(END))}`
}

export const currentText = (): string => readFileSync(FILE, 'utf8')

if (process.argv[1]?.endsWith('invariants.ts')) writeFileSync(FILE, pageText())
