import { afterAll, expect, it } from 'vitest'
import { TcpProxy } from '../../../../scripts/services/proxy/tcp-proxy.js'
import { connect } from '../../src/adapters/sql/postgres/connection.js'
import { useService } from '../services/use-service.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'

const url = new URL((await useService('postgres')).url)
const proxy = await TcpProxy.open('127.0.0.1', 0, `${url.hostname}:${url.port || '5432'}`)
afterAll(() => proxy.close())
url.host = proxy.address

async function connected() {
  const environment = createVirtualEnvironment()
  const options = { url: url.href, environment, connectTimeoutMs: 10_000, settings: {} }
  const connection = await connect(options)
  let lost: Error | undefined
  connection.onLost((reason) => {
    lost = reason
  })
  return { environment, connection, isLost: () => lost !== undefined }
}

it('a connection says goodbye to a server that answers, and leaves no timer', async () => {
  const { environment, connection, isLost } = await connected()
  const ending = connection.end()
  expect(connection.usable()).toBe(false)
  await Promise.all([ending, connection.end()])
  expect(isLost()).toBe(true)
  expect(environment.timers).toBe(0)
})

it('a connection ends within a second where nothing passes any more and nobody says so', async () => {
  const { environment, connection, isLost } = await connected()
  proxy.cut()
  try {
    let ended = false
    void connection.end().then(() => {
      ended = true
    })
    await environment.advance(999)
    expect(ended).toBe(false)
    await environment.advance(1)
    await until('it has ended', () => ended)
    await until('its socket is closed', isLost)
    expect(environment.timers).toBe(0)
  } finally {
    proxy.heal()
  }
})
