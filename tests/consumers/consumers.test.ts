import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleWithVite, bundleWithWebpack } from './bundles.js'
import { nodeVersions } from './node-versions.js'
import { type ConsumerProject, createConsumerProject } from './project.js'

// a build or a whole type check each: on a busy machine that alone takes one
const minutes = 3 * 60_000
const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

let project: ConsumerProject
beforeAll(() => {
  project = createConsumerProject()
}, minutes)
afterAll(() => project?.remove(), minutes)

describe('the packed packages', () => {
  it('hold their licence, their README and no tests', () => {
    for (const { name, files } of project.packages) {
      expect(files, name).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.js']))
      expect(
        files.filter((path) => /\.test\.|tsconfig|vitest/.test(path)),
        name,
      ).toEqual([])
    }
  })

  it.each([
    { moduleResolution: 'bundler', module: 'esnext' },
    { moduleResolution: 'nodenext', module: 'nodenext' },
  ])(
    'have types that compile under moduleResolution $moduleResolution',
    (resolution) => {
      const compilerOptions = {
        ...resolution,
        target: 'es2022',
        lib: ['es2023', 'dom', 'dom.iterable'],
        types: ['node'],
        strict: true,
        noEmit: true,
      }
      const config = join(project.folder, `tsconfig.${resolution.moduleResolution}.json`)
      writeFileSync(config, JSON.stringify({ compilerOptions, include: ['sample'] }))
      project.run(process.execPath, tsc, '-p', config)
    },
    minutes,
  )

  it(
    'have types that are whole in a page’s project, which has neither the types of Node nor the newest lib',
    () => {
      const compilerOptions = {
        moduleResolution: 'bundler',
        module: 'esnext',
        target: 'es2022',
        lib: ['es2022', 'dom'],
        types: [],
        skipLibCheck: false,
        strict: true,
        noEmit: true,
      }
      const config = join(project.folder, 'tsconfig.page.json')
      writeFileSync(config, JSON.stringify({ compilerOptions, files: ['sample/sdk.ts'] }))
      project.run(process.execPath, tsc, '-p', config)
    },
    minutes,
  )

  describe.each(nodeVersions())('on Node $major', ({ major, command }) => {
    const server = major >= 22 ? 'server' : 'server-refuses'
    const suites = ['protocol', 'sdk', server]
    it.each(suites)(
      'pass the smoke suite of %s',
      (suite) => {
        project.run(command, '--test', `smoke/${suite}.test.mjs`)
      },
      minutes,
    )
  })

  it.each([
    ['Vite', bundleWithVite],
    ['webpack', bundleWithWebpack],
  ])(
    'are bundled for browsers by %s into something that loads',
    async (_name, bundle) => {
      const path = await bundle(project.folder)
      expect(readFileSync(path, 'utf8')).not.toMatch(/from ?["']node:|zod/)
      const script = `const { createClient } = await import('${pathToFileURL(path)}')
      if (typeof createClient !== 'function') throw new Error('createClient is missing')`
      project.run(process.execPath, '--input-type=module', '--eval', script)
    },
    minutes,
  )
})
