import { defineConfig } from 'vitest/config'
import { workspaceTests } from '../../vitest.shared.js'

export default defineConfig(workspaceTests('protocol'))
