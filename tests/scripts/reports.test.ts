import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readReports, totalLine } from '../../scripts/reports.mjs'

const test = (status: string, fullName = 'a sentence') => ({
  status,
  fullName,
  failureMessages: status === 'failed' ? ['expected 1 to be 2'] : [],
})

const file = (name: string, ...statuses: string[]) => ({
  name,
  status: statuses.includes('failed') ? 'failed' : 'passed',
  message: '',
  assertionResults: statuses.map((status) => test(status)),
})

const report = (...testResults: ReturnType<typeof file>[]) => {
  const count = (status: string) =>
    testResults.flatMap((f) => f.assertionResults).filter((t) => t.status === status).length
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numTodoTests: 0,
    testResults,
  }
}

describe('the count of a test run', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidings-reports-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const write = (name: string, content: object) =>
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(content))
  const total = (...names: string[]) =>
    totalLine(
      readReports(
        folder,
        names.map((name) => ({ name })),
      ),
    )

  it('sums the workspaces', () => {
    write('sdk', report(file('a.test.ts', 'passed', 'passed')))
    write('server', report(file('b.test.ts', 'passed')))
    expect(total('sdk', 'server')).toBe('3 passed, 0 failed')
  })

  it('names skipped tests only when there are any', () => {
    write('sdk', report(file('a.test.ts', 'passed', 'pending')))
    expect(total('sdk')).toBe('1 passed, 0 failed, 1 skipped')
  })

  it('counts a workspace without a report as a failure', () => {
    write('sdk', report(file('a.test.ts', 'passed')))
    expect(total('sdk', 'server')).toBe('1 passed, 1 failed')
  })

  it('counts a workspace that ran nothing as a failure', () => {
    write('sdk', report())
    expect(total('sdk')).toBe('0 passed, 1 failed')
  })

  it('counts a file that does not load as a failure', () => {
    const unloadable = { ...file('a.test.ts'), status: 'failed', message: 'Cannot find module' }
    write('sdk', report(unloadable, file('b.test.ts', 'passed')))
    expect(total('sdk')).toBe('1 passed, 1 failed')
  })

  it('names each failed test', () => {
    write('sdk', report(file('a.test.ts', 'failed')))
    const [row] = readReports(folder, [{ name: 'sdk' }])
    expect(row?.problems).toEqual([expect.stringMatching(/a\.test\.ts > a sentence\nexpected 1/)])
  })
})
