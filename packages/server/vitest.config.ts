import { defineConfig } from 'vitest/config'
import { workspaceTests } from '../../vitest.shared.js'

export default defineConfig(
  // real servers with real disks: on a busy machine a start alone takes seconds
  workspaceTests('server', {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    globalSetup: ['test/services/global-setup.ts'],
  }),
)
