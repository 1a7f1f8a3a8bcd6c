import { defineConfig } from 'vitest/config'
import { workspaceTests } from '../../vitest.shared.js'

export default defineConfig(
  workspaceTests('server', { globalSetup: ['test/services/global-setup.ts'] }),
)
