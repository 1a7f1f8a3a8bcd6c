import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createMemoryCommandLog } from '../../src/adapters/memory/command-log.js'
import { createMemoryElection } from '../../src/adapters/memory/election.js'
import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { createMemoryPushBus } from '../../src/adapters/memory/push.js'
import { createMemoryRoutes } from '../../src/adapters/memory/routes.js'
import { nodeEnvironment as environment } from '../../src/adapters/node/environment.js'
import { randomHex } from '../../src/adapters/node/random-text.js'
import { RedisAway, type RedisConnection } from '../../src/adapters/redis/connection.js'
import { createKeys } from '../../src/adapters/redis/keys.js'
import type { OpenPostgres } from '../../src/adapters/sql/postgres/open.js'
import { openDataDir } from '../../src/adapters/sql/sqlite/open.js'
import { createClosers } from '../../src/cluster/closers.js'
import { openServing } from '../../src/cluster/serving.js'
import { loadConfig } from '../../src/config/load.js'
import { createLogger } from '../../src/observe/log.js'
import { createMetrics } from '../../src/observe/metrics.js'
import { createStepLog } from '../../src/observe/steps.js'
import { SERVER } from '../../src/operations/actor.js'
import { createProcessLife } from '../../src/roles/process.js'
import { createSequencing } from '../../src/roles/sequencing.js'
import { createTraces } from '../../src/trace/traces.js'
import { FakeSocket } from '../gateway/socket.js'
import { told } from '../support/metrics.js'
import { newDataDir } from '../support/server.js'
import { until } from '../support/wait.js'

let dataDir: string
let closers = createClosers()
beforeEach(async () => {
  dataDir = await newDataDir()
  closers = createClosers()
})
afterEach(async () => {
  await closers.closeAll()
  await rm(dataDir, { recursive: true, force: true })
})

/** Answers while a process starts, with the number of its node, and from then on nothing. */
const answeringOnce = (): RedisConnection => {
  let asked = 0
  const away = () => Promise.reject(new RedisAway('Redis does not answer'))
  return {
    keys: createKeys('t:'),
    ask: away,
    run: <T>() => (asked++ === 0 ? Promise.resolve(['node', 1, environment.now()] as T) : away()),
    isAway: false,
    close: async () => undefined,
  }
}

/** The gateway and api of a cluster, as they are put together, over a directory in SQLite. */
async function world() {
  const metrics = createMetrics()
  const log = createLogger('silent')
  const data = await openDataDir({ dataDir, environment, readers: 1 })
  closers.add(() => data.close())
  const ports = {
    environment,
    log: createMemoryCommandLog({ environment }),
    store: createMemoryMessageStore(),
    bus: createMemoryPushBus(),
    routes: createMemoryRoutes(),
  }
  const directory: Partial<OpenPostgres> = {
    driver: data.driver,
    election: createMemoryElection(),
    notices: () => () => undefined,
  }
  const { roles } = await openServing({
    parts: {
      config: loadConfig({ name: 'the test', values: {} }),
      environment,
      log,
      closers,
      onTrouble: () => undefined,
      onFatal: () => undefined,
      onForgetful: () => undefined,
    },
    metrics,
    processId: 'p',
    traces: createTraces(randomHex),
    steps: createStepLog(log, 'p'),
    verify: {
      authenticate: async (token) => ({ userId: token, tokenId: `the token of ${token}` }),
    },
    hooks: undefined,
    ports,
    postgres: directory as OpenPostgres,
    redis: answeringOnce(),
  })
  const sequencing = createSequencing(ports, {})
  const life = createProcessLife({ log: ports.log, serving: roles, sequencing })
  closers.add(() => life.close())
  await life.start()
  return { metrics, roles }
}

it('/metrics tells how often Redis did not answer for a limit, a token or a page, and all goes on', async () => {
  const { metrics, roles } = await world()
  await roles.workspaces.put(SERVER, 'w')
  await roles.channels.put(SERVER, 'w', 'general', { kind: 'public' })
  await roles.channels.putMember(SERVER, 'general', 'ada', { role: 'member' })
  const seen = async () =>
    Object.values(
      await told(
        metrics,
        'limits_unshared_total',
        'tokens_unchecked_total',
        'pages_unshared_total',
      ),
    )
  expect(await seen()).toEqual([0, 0, 0])

  const ada = new FakeSocket()
  ada.listener = roles.gateway.accept(ada, {
    remoteAddress: '10.0.0.1',
    origin: undefined,
    token: 'ada',
  })
  ada.say({ type: 'hello', device_id: 'd1', last_seq_map: {} })
  await until('ada is greeted', () => ada.received('hello_ack').length === 1)
  // whether all of hers are revoked, and whether this one is
  expect(await seen()).toEqual([0, 2, 0])

  ada.say({
    type: 'backfill.request',
    ref: 'b',
    channel_id: 'general',
    direction: 'forward',
    limit: 10,
  })
  await until('there is a page', () => ada.received('message.backfill').length === 1)
  const [, , pages = 0] = await seen()
  expect(pages).toBeGreaterThan(0)

  ada.say({
    type: 'message.send',
    channel_id: 'general',
    client_msg_id: 'm1',
    first_try_ts: environment.now(),
    text: 'without Redis',
  })
  await until('it is acknowledged', () => ada.received('message.ack').length === 1)
  expect(await seen()).toEqual([1, 2, pages])
})
