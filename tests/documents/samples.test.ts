import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compile, documents, root, samplesOf } from './samples.js'

const read = (document: string) => readFileSync(join(root, document), 'utf8')

describe('the samples in the documents', () => {
  it('compile as they are printed', { timeout: 180_000 }, () => {
    const modules = documents().flatMap((document) => [...samplesOf(document, read(document))])
    expect(modules.length).toBeGreaterThan(0)
    expect(compile(new Map(modules))).toEqual([])
  })

  it('are refused with the line of the document when they do not compile', {
    timeout: 180_000,
  }, () => {
    const text = [
      '# Title',
      '',
      '```ts',
      "import { LIMITS } from '@tidings/protocol'",
      '```',
      '',
      '```ts',
      'LIMITS.nonsense',
      '```',
      '',
    ].join('\n')
    const problems = compile(samplesOf('docs/wrong.md', text))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^docs\/wrong\.md:8: .*nonsense/)
  })
})
