import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchorsIn, linksIn, rowsIn } from './links.js'
import { root } from './samples.js'

const documents = globSync(
  [
    '*.md',
    'docs/*.md',
    'decisions/*.md',
    '{packages,examples,scripts}/*/*.md',
    '{bench,deploy}/*.md',
  ],
  { cwd: root },
).sort()
const read = (document: string) => readFileSync(join(root, document), 'utf8')

describe('the links between documents', () => {
  it('lead to files that are there', () => {
    const broken = documents.flatMap((document) =>
      linksIn(read(document))
        .filter(({ path }) => path !== '' && !existsSync(join(root, dirname(document), path)))
        .map(({ path }) => `${document}: ${path}`),
    )
    expect(broken).toEqual([])
  })

  it('lead to headings that are there', () => {
    const broken = documents.flatMap((document) =>
      linksIn(read(document))
        .filter(({ path, anchor }) => anchor !== '' && (path === '' || path.endsWith('.md')))
        .filter(({ path, anchor }) => {
          const target = path === '' ? document : join(dirname(document), path)
          return !anchorsIn(read(target)).has(anchor)
        })
        .map(({ path, anchor }) => `${document}: ${path}#${anchor}`),
    )
    expect(broken).toEqual([])
  })
})

describe('docs/failures.md', () => {
  it('names for each row a test, or says that there is none yet', () => {
    const rows = rowsIn(read('docs/failures.md'))
    expect(rows.length).toBeGreaterThan(20)
    const silent = rows
      .filter((row) => {
        const shown = row.at(-1) ?? ''
        return !shown.includes('no test yet') && !/\.test\.tsx?\)/.test(shown)
      })
      .map(([fails]) => fails)
    expect(silent).toEqual([])
  })
})

describe('a document', () => {
  it('is read for links, headings and rows, not in its code', () => {
    const text = [
      '# One thing, `a` thing',
      'See [one](a.md#b-c) and [here](#one), not [there](https://example.com/x).',
      '```',
      '[code](not/a/link.md)',
      '# not a heading',
      '```',
      '| a | b |',
      '|---|---|',
      '| 1 | x \\| y |',
    ].join('\n')
    expect(linksIn(text)).toEqual([
      { path: 'a.md', anchor: 'b-c' },
      { path: '', anchor: 'one' },
    ])
    expect([...anchorsIn(text)]).toEqual(['one-thing-a-thing'])
    expect(rowsIn(text)).toEqual([['1', 'x \\| y']])
  })
})
