import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { workspaceTests } from '../vitest.shared.js'

const { test, ...rest } = workspaceTests('tests')
const { name: _, include, exclude, reporters, ...shared } = test ?? {}

/** Files of this workspace; each project starts the services that it asks for. */
const project = (name: string, files: ViteUserConfig['test']): ViteUserConfig => ({
  ...rest,
  test: { ...shared, exclude, ...files, name },
})

/** What runs on both; it knows not where. Messages of a cluster lie in either store, unless a run asks for one. */
const ON_CASSANDRA = ['e2e/**/*.test.ts']
const ON_POSTGRES = ['kill/kill.test.ts', 'browser/**/*.test.ts']
/** Of the commands of an example, as the files say; a page that has no server at all. */
const NOT_ON_BOTH = [
  'e2e/embed-fastify.test.ts',
  'e2e/web-chat-start.test.ts',
  'browser/leaving.test.ts',
]

const clusterProject = (name: string, store: string, files: readonly string[]): ViteUserConfig =>
  project(name, {
    include: [...files],
    exclude: [...(exclude ?? []), ...NOT_ON_BOTH],
    // each scenario begins with four processes that join their services
    hookTimeout: 120_000,
    env: {
      TIDINGS_TEST_SYSTEM: 'cluster',
      TIDINGS_TEST_STORE: process.env.TIDINGS_TEST_STORE ?? store,
    },
  })
/** A whole cluster of its own, after everything else: it takes the machine for itself. */
const FAULTS = 'chaos/chaos.test.ts'

export default defineConfig({
  ...rest,
  test: {
    // said as undefined, nothing at all would be reported
    ...(reporters && { reporters }),
    globalSetup: ['../scripts/services/testing/global-setup.ts'],
    projects: [
      project('tests', { include, exclude: [...(exclude ?? []), FAULTS] }),
      clusterProject('tests (cluster, PostgreSQL)', 'postgres', ON_POSTGRES),
      clusterProject('tests (cluster, Cassandra)', 'cassandra', ON_CASSANDRA),
      project('tests (faults)', { include: [FAULTS], sequence: { groupOrder: 1 } }),
    ],
  },
})
