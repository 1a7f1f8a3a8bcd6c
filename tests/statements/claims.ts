import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

const TEST_FILES = '{packages,tests,examples,bench}/**/*.test.{ts,tsx,mjs}'
const IGNORED = /(^|\/)(node_modules|dist)\//

/** A test's title that names a statement, where it stands. */
export interface Claim {
  readonly statement: number
  readonly where: string
}

const TITLE = /(['"`])((?:(?!\1)[^\\]|\\.)*?\[P-\d+\](?:(?!\1)[^\\]|\\.)*)\1/g
const COMMENT = /^\s*(?:\/\/|\*|\/\*).*$/gm

/** The statements that the titles in a test's source name, written `[P-12]`; comments claim nothing. */
export function claimsIn(file: string, source: string): readonly Claim[] {
  const code = source.replace(COMMENT, (line) => ' '.repeat(line.length))
  return [...code.matchAll(TITLE)].flatMap((title) =>
    [...(title[2] ?? '').matchAll(/\[P-(\d+)\]/g)].map(([, number]) => ({
      statement: Number(number),
      where: `${file}:${code.slice(0, title.index).split('\n').length}`,
    })),
  )
}

/** Every claim of every test file of the repository. */
export function allClaims(): readonly Claim[] {
  return globSync(TEST_FILES, { cwd: root, exclude: (path) => /node_modules|dist/.test(path) })
    .filter((file) => !IGNORED.test(file) && !file.startsWith('tests/statements/'))
    .sort()
    .flatMap((file) => claimsIn(file, readFileSync(join(root, file), 'utf8')))
}

/** The numbered statements of PROTOCOL.md, each with its first words. */
export function statements(): ReadonlyMap<number, string> {
  const text = readFileSync(join(root, 'packages/protocol/PROTOCOL.md'), 'utf8')
  return new Map(
    [...text.matchAll(/^\*\*P-(\d+)\*\* (.{0,80})/gm)].map(([, number, words = '']) => [
      Number(number),
      words,
    ]),
  )
}
