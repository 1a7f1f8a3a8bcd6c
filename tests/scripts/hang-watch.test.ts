import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const watch = join(root, 'scripts/testing/hang-watch.ts')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

/** Longer than a worker takes to start on a busy machine: that is silent too. */
const SILENT_MS = 15_000

describe('A test that hangs where no timeout reaches it', async () => {
  // below the root, so that vitest is found from there
  const cache = join(root, '.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'hang-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is named and ended, and the other files are run', { timeout: 180_000 }, async () => {
    await writeFile(
      join(folder, 'vitest.config.ts'),
      `import { HangWatch } from ${JSON.stringify(watch)}
       export default { test: {
         maxWorkers: 1, pool: 'forks',
         reporters: ['default', new HangWatch(${SILENT_MS})],
       } }`,
    )
    const file = (name: string, body: string) =>
      writeFile(
        join(folder, `${name}.test.ts`),
        `import { it } from 'vitest'\nit('${name} of this file', () => { ${body} })`,
      )
    await file('the loop', 'for (;;) {}')
    await file('an end', '')
    const { VITEST_POOL_ID: _, TIDINGS_REPORTS_DIR: __, ...env } = process.env
    const run = promisify(execFile)(process.execPath, [vitest, 'run', '--root', folder], {
      cwd: folder,
      env: { ...env, NO_COLOR: '1' },
      timeout: 170_000,
    })
    const { code, stdout, stderr } = await run.catch((error) => error)
    expect(code).toBe(1)
    expect(stderr).toMatch(/Not finished:\n.*the loop\.test\.ts/)
    expect(stdout).toMatch(/✓.* an end\.test\.ts/)
    expect(stdout).toContain('Tests  1 passed')
  })
})
