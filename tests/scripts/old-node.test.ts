import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Program, root } from '../e2e/program.js'

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: { start: string }
}
const first = /^node (\S+) && /.exec(scripts.start)?.[1] ?? ''

/** Runs a script on a Node that says it is of another version. */
const runOn = (version: string, script: string): Program => {
  const versions = `{ value: { ...process.versions, node: ${JSON.stringify(version)} } }`
  const pretend = `Object.defineProperty(process, 'versions', ${versions})`
  return new Program(['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, script])
}

describe('npm start on a Node that is too old', () => {
  it.each(['12.22.9', '18.20.8', '20.18.3'])(
    'says so in one sentence, and what to do, on %s',
    async (version) => {
      const program = runOn(version, first)
      expect(await program.ended).toBe(1)
      expect(program.err).toBe(
        `This is Node ${version}; Tidings needs Node 20.19 or newer. Install it from nodejs.org and try again.\n`,
      )
    },
  )

  it('asks in words that every Node can read, before anything else is imported', () => {
    const source = readFileSync(join(root, first), 'utf8').replace(/^\/\/.*$/gm, '')
    expect(source).not.toMatch(/\b(import|const|let|await|async)\b|=>|\?[.?]|`|require\(/)
  })

  it.each(['20.19.0', '24.0.0'])('goes on without a word on %s', async (version) => {
    const program = runOn(version, first)
    expect(await program.ended).toBe(0)
    expect(program.out + program.err).toBe('')
  })

  it('is told by every other command in the same sentence', async () => {
    const program = runOn('18.20.8', 'scripts/check.mjs')
    expect(await program.ended).toBe(1)
    expect(program.err).toContain('This is Node 18.20.8; Tidings needs Node 20.19 or newer.')
  })
})
