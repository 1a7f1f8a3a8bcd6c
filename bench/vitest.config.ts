import { defineConfig } from 'vitest/config'
import { workspaceTests } from '../vitest.shared.js'

export default defineConfig(
  workspaceTests('bench', {
    globalSetup: ['../scripts/services/testing/global-setup.ts'],
  }),
)
