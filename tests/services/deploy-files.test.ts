import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer } from '@tidings/server'
import { describe, expect, it } from 'vitest'
import { FIELDS } from '../../packages/server/src/config/fields.js'
import {
  environmentSources,
  loadConfig,
  variableOf,
} from '../../packages/server/src/config/load.js'
import { ensureHadolint } from '../../scripts/services/install/hadolint.js'
import { Run } from '../../scripts/services/run/run.js'
import { Program } from '../e2e/program.js'

const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const known = Object.keys(FIELDS).map(variableOf)
const namesIn = (text: string) => [...new Set(text.match(/\bTIDINGS_[A-Z_]+\b/g))]

describe('the Dockerfile', () => {
  it('has nothing that its linter knows better', async () => {
    const run = await Run.begin()
    try {
      const hadolint = await ensureHadolint(run)
      const { how, output } = await run.command('hadolint', hadolint, [pathOf('Dockerfile')])
      expect(`${how}\n${output}`).toBe('exit code 0\n')
    } finally {
      await run.close()
    }
  })

  it('runs the server as nobody special, with settings that there are', async () => {
    const text = await readFile(pathOf('Dockerfile'), 'utf8')
    expect(text).toMatch(/^USER 1000:1000$/m)
    expect(known).toEqual(expect.arrayContaining(namesIn(text)))
  })

  it.each(['', '/chat'])('asks a server below “%s” whether it lives', async (basePath) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tidings-image-'))
    const server = await createServer({ dataDir, basePath, devLogin: true, logLevel: 'silent' })
    try {
      const { port } = await server.listen({ port: 0 })
      const env = { TIDINGS_PORT: String(port), ...(basePath && { TIDINGS_BASE_PATH: basePath }) }
      const health = new Program(await healthCheck(), env)
      expect([await health.ended, health.err]).toEqual([0, ''])
      await server.close()
      expect(await new Program(await healthCheck(), env).ended).toBe(1)
    } finally {
      await server.close()
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})

/** What the Dockerfile has Node run as its check of health. */
async function healthCheck(): Promise<readonly string[]> {
  const text = await readFile(pathOf('Dockerfile'), 'utf8')
  const [node, ...args] = JSON.parse(/^HEALTHCHECK (?:.*\\\n)+ *CMD (.*)$/m.exec(text)?.[1] ?? '[]')
  expect(node).toBe('node')
  return args
}

describe('compose.yaml', async () => {
  const text = await readFile(pathOf('compose.yaml'), 'utf8')
  const settings = Object.fromEntries(
    [...text.matchAll(/^ {2}(TIDINGS_[A-Z_]+): (.+)$/gm)].map(([, name, value = '']) => [
      name,
      value.replace(/\$\{[^}]+\}/g, 'a-secret-of-more-than-32-characters').replaceAll('"', ''),
    ]),
  )

  it.each(['api', 'gateway', 'sequencer'])('gives %s settings that fit together', (role) => {
    expect(text).toContain(`environment: { <<: *tidings-settings, TIDINGS_ROLES: ${role} }`)
    const given = { ...settings, TIDINGS_ROLES: role, TIDINGS_BUS_ADVERTISED_HOST: 'container' }
    const config = loadConfig(...environmentSources(given))
    expect(config).toMatchObject({ roles: [role], log: 'kafka', store: 'cassandra', trustProxy: 1 })
    expect(config.kafkaBrokers).toHaveLength(3)
  })

  it('allows nothing that is for development', () => {
    expect(known).toEqual(expect.arrayContaining(namesIn(text)))
    expect(text).not.toMatch(/TIDINGS_(ALLOW_UNSAFE|DEV_LOGIN)/)
    expect(text).not.toMatch(/fsync/)
  })

  it('has no secret in it, and does not start without', () => {
    for (const name of ['TIDINGS_BUS_SECRET', 'TIDINGS_AUTH_SECRET', 'TIDINGS_SERVER_KEYS']) {
      expect(text).toContain(`${name}: \${${name}:?`)
    }
    expect(text.match(/\$\{POSTGRES_PASSWORD:\?/g)).toHaveLength(2)
  })
})
