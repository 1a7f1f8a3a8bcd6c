import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import {
  type OpenDataDir,
  type OpenDataDirOptions,
  openDataDir,
} from '../../src/adapters/sql/sqlite/open.js'

// the disk is synced, threads and processes are started: a busy machine takes its time
vi.setConfig({ testTimeout: 60_000 })

export interface TestDataDir {
  readonly path: string
  /** Opens the folder; whatever is still open is closed in the end. */
  open(options?: Partial<OpenDataDirOptions>): Promise<OpenDataDir>
  remove(): Promise<void>
}

/** A data folder of one test's own. */
export async function testDataDir(): Promise<TestDataDir> {
  const path = await mkdtemp(join(tmpdir(), 'tidings-test-'))
  const opened: OpenDataDir[] = []
  return {
    path,
    async open(options = {}) {
      const open = await openDataDir({ dataDir: path, environment: nodeEnvironment, ...options })
      opened.push(open)
      return open
    },
    async remove() {
      await Promise.all(opened.map((open) => open.close()))
      await rm(path, { recursive: true, force: true })
    },
  }
}

/** Runs a test in a data folder of its own and cleans up after it. */
export const inDataDir =
  (body: (dataDir: TestDataDir) => Promise<void>): (() => Promise<void>) =>
  async () => {
    const dataDir = await testDataDir()
    try {
      await body(dataDir)
    } finally {
      await dataDir.remove()
    }
  }

const TABLES = [
  'events',
  'ids',
  'heads',
  'state_changes',
  'effects',
  'outbox',
  'receipts',
  'members',
  'channels',
  'workspace_members',
  'workspaces',
  'users',
]

/** One open folder for a whole suite, emptied between its cases: opening one costs more than most cases. */
export function sharedDataDir() {
  let dataDir: TestDataDir | undefined
  let opened: OpenDataDir | undefined
  return {
    async open(): Promise<OpenDataDir> {
      dataDir ??= await testDataDir()
      opened ??= await dataDir.open()
      return opened
    },
    async clear(): Promise<void> {
      await opened?.driver.batch(
        TABLES.map((table) => ({ sql: `DELETE FROM ${table}`, rows: [[]] })),
      )
    },
    async remove(): Promise<void> {
      await dataDir?.remove()
    },
  }
}
