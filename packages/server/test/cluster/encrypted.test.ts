import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startServices } from '../../../../scripts/services/index.js'
import { certificate } from '../../../../scripts/services/testing/certificate.js'
import type { ServerOptions } from '../../src/index.js'
import { flagsOf, killCommands, logIn, startCommand } from '../support/command.js'
import { Session } from '../support/session.js'
import { settingsOfCluster } from './real.js'

/** The first user of Cassandra has this name and this password. */
const USER = 'cassandra'
const WRONG = 'not-the-password'

describe('a cluster whose services take encrypted connections, and ask for a password', {
  timeout: 120_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-encrypted-'))
  /** Node takes whoever has signed what is in it for known. */
  const NODE_EXTRA_CA_CERTS = join(folder, 'ca.pem')
  let services: Awaited<ReturnType<typeof startAll>>
  let settings: Partial<ServerOptions>

  const startAll = () =>
    startServices(
      { kafka: 1, cassandra: 1, redis: 'single', postgres: true },
      { secured: { ...certificate, username: USER, password: USER } },
    )
  const addresses = () => {
    const kafka = services.kafka.secured
    const redis = services.redis.secured
    const postgres = services.postgres.secured
    if (!kafka || !redis || !postgres) throw new Error('not every service is encrypted')
    return { kafka, redis, postgres, cassandra: services.cassandra }
  }
  const withPassword = (url: string | undefined, password: string): string => {
    const changed = new URL(url ?? '')
    changed.password = password
    return changed.href
  }

  beforeAll(async () => {
    writeFileSync(NODE_EXTRA_CA_CERTS, certificate.cert)
    const key = join(folder, 'key.pem')
    writeFileSync(key, certificate.key, { mode: 0o600 })
    services = await startAll()
    settings = {
      ...(await settingsOfCluster('cassandra', addresses())),
      kafkaTls: true,
      kafkaUsername: USER,
      kafkaPassword: USER,
      cassandraTls: true,
      cassandraUsername: USER,
      cassandraPassword: USER,
      busTlsCa: NODE_EXTRA_CA_CERTS,
      busTlsCert: NODE_EXTRA_CA_CERTS,
      busTlsKey: key,
      devLogin: true,
      logLevel: 'info',
      port: 0,
    }
  }, 120_000)
  afterEach(killCommands)
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await services?.close()
  })

  it('reaches all of them and, by mutual TLS, other processes, and delivers', async () => {
    const [front] = (['api,gateway', 'sequencer'] as const).map((roles) =>
      startCommand([...flagsOf(settings), '--roles', roles], { NODE_EXTRA_CA_CERTS }),
    )
    const url = (await front?.url) ?? ''
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'ok' }])
    const { userId, token } = await logIn(url, 'Ada')
    const ada = await Session.greeted(url, userId, { token })
    expect(await ada.sends('general', 'encrypted')).toMatchObject({ type: 'message.ack' })
    expect(await ada.hears('message.new')).toMatchObject({ text: 'encrypted' })
  })

  const start = async (changes: Partial<ServerOptions>, env = { NODE_EXTRA_CA_CERTS }) => {
    const { ended } = startCommand(
      flagsOf({ ...settings, roles: ALL_ROLES, logLevel: 'silent', ...changes }),
      env,
    )
    return ended
  }

  it.each<[string, () => Partial<ServerOptions>, RegExp]>([
    ['Kafka', () => ({ kafkaPassword: WRONG }), /Correct kafkaUsername, kafkaPassword/],
    ['Cassandra', () => ({ cassandraPassword: WRONG }), /Set a user and a password/],
    [
      'Redis',
      () => ({ redisUrl: withPassword(settings.redisUrl, WRONG) }),
      /Redis .* refuses .* Correct the user or the password/,
    ],
    [
      'PostgreSQL',
      () => ({ postgresUrl: withPassword(settings.postgresUrl, WRONG) }),
      /PostgreSQL .* refuses .* correct the user, the password/,
    ],
  ])(
    'says in one sentence that %s refuses the password, and not the password',
    async (_, changes, sentence) => {
      const { code, stderr } = await start(changes())
      expect(code).toBe(1)
      expect(stderr).toMatch(sentence)
      expect(stderr.trim().split('\n')).toHaveLength(1)
      expect(stderr).not.toContain(WRONG)
    },
  )

  it('does not start where nobody known has signed the certificates', async () => {
    const { code, stderr } = await start({}, { NODE_EXTRA_CA_CERTS: '' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/certificate that is not trusted.*NODE_EXTRA_CA_CERTS/)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

const ALL_ROLES: ServerOptions['roles'] = ['api', 'gateway', 'sequencer']
