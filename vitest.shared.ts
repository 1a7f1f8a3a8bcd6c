import { join } from 'node:path'
import type { ViteUserConfig } from 'vitest/config'
import { HangWatch } from './scripts/testing/hang-watch.js'

// 'import', 'require' and 'default' come by themselves; said here, `require` too would be given ESM
const conditions = ['tidings-source', 'module', 'node']
const reportsDir = process.env.TIDINGS_REPORTS_DIR

/** One workspace's tests, run from TypeScript source; `npm test` collects a JSON report of each. */
export function workspaceTests(name: string, test: ViteUserConfig['test'] = {}): ViteUserConfig {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      pool: 'forks',
      maxWorkers: 2,
      // a shared machine may be slow; what hangs still ends
      testTimeout: 60_000,
      hookTimeout: 60_000,
      include: ['**/*.test.{ts,tsx}'],
      exclude: ['**/node_modules/**', '**/dist/**'],
      ...(reportsDir && {
        reporters: [
          'default',
          ['json', { outputFile: join(reportsDir, `${name}.json`) }],
          new HangWatch(),
        ],
      }),
      ...test,
    },
  }
}
