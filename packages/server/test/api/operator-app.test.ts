import { describe, expect, it } from 'vitest'
import { createOperatorApp } from '../../src/api/operator-app.js'
import { captureLog } from '../support/log.js'

describe('[P-88] a process with the operator’s pages alone', () => {
  it.each([
    ['a route that it has not', '/v1/me', 404, 'not_found'],
    ['a path that is not well encoded', '/%E0%A4%A', 400, 'invalid_frame'],
  ])('answers %s in the form of every answer', async (_, url, status, code) => {
    const app = await createOperatorApp({
      log: captureLog('silent').log,
      basePath: '',
      health: async () => ({}),
      metrics: async () => ({ contentType: 'text/plain', body: '' }),
      makeId: () => 'r1',
    })
    const answer = await app.inject({ url })
    expect([answer.statusCode, answer.json()]).toMatchObject([
      status,
      { data: null, error: { code, request_id: 'r1' } },
    ])
    await app.close()
  })
})
