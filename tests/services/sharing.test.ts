import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TestProject } from 'vitest/node'
import { answersPing } from '../../scripts/services/ready/redis.js'
import { setup } from '../../scripts/services/testing/global-setup.js'

describe('services that the files of a test run share', () => {
  let origin: string
  let tearDown: () => Promise<void>
  beforeEach(async () => {
    vi.stubEnv('TIDINGS_SERVICES', 'native')
    const project = { provide: (_key: string, value: string) => (origin = value) }
    tearDown = await setup(project as unknown as TestProject)
  })
  afterEach(async () => {
    await tearDown()
    vi.unstubAllEnvs()
  })

  const ask = async (word: string) => {
    const response = await fetch(`${origin}/${encodeURIComponent(word)}`)
    return { status: response.status, body: await response.json() }
  }

  it('are started by the first that asks, once for all', async () => {
    const answers = await Promise.all([ask('redis'), ask('redis'), ask('redis')])
    const urls = answers.map(({ body }) => body.redis.url)
    expect(new Set(urls).size).toBe(1)
    expect(await answersPing(new URL(urls[0]).host)).toBe(true)
  })

  it('end with the run', async () => {
    const { body } = await ask('redis')
    await tearDown()
    await expect(answersPing(new URL(body.redis.url).host)).rejects.toThrow('ECONNREFUSED')
  })

  it('are explained to whoever asks in vain', async () => {
    const { status, body } = await ask('kafka=5')
    expect(status).toBe(500)
    expect(body.message).toContain('kafka=5: is not a service. There are:')
  })
})
