import { once } from 'node:events'
import { Agent, createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { closeHttpServer } from '../../src/api/http-server.js'

it('a connection that is kept for more is ended once it has its answer', async () => {
  const answering = Promise.withResolvers<ServerResponse>()
  const server = createServer((_request, response) => answering.resolve(response))
  server.keepAliveTimeout = 0
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true })
  const asking = request({ host: '127.0.0.1', port, agent }).end()
  const answered = once(asking, 'response')
  const response = await answering.promise
  const closing = closeHttpServer(server, 60_000)
  response.end('late')
  const [answer] = await answered
  answer.resume()
  await closing
  expect(answer.statusCode).toBe(200)
  agent.destroy()
})
