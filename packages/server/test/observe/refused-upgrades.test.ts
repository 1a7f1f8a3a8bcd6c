import { afterEach, expect, it } from 'vitest'
import { captureLog } from '../support/log.js'
import { RawConnection, upgradeRequest } from '../support/raw.js'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
afterEach(() => server.end())

it.each<[string, string, string]>([
  ['that offers something else', upgradeRequest({ protocols: 'mqtt' }), 'unsupported_version'],
  [
    'of a page of another origin',
    upgradeRequest({ protocols: '', headers: 'Origin: https://evil.example\r\n' }),
    'forbidden',
  ],
])(
  '[P-88] an upgrade %s has its request_id in the log, and its token not',
  async (_, request, code) => {
    const captured = captureLog('debug')
    server = await startTestServer({ logger: captured.log })
    const connection = await RawConnection.open(server.port)
    connection.write(request.replace(' HTTP/', '?token=a-secret HTTP/'))
    const { body } = await connection.httpAnswer()
    expect(captured.grep(body.error.request_id)).toMatchObject([
      { msg: 'an upgrade was refused', code, request_id: body.error.request_id },
    ])
    expect(captured.written.join()).not.toContain('a-secret')
  },
)
