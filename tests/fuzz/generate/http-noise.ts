import type { Random } from '../random.js'
import type { Attempt } from './attempt.js'

/** What is no request, or never becomes one. Answered, where it can be, and ended. */
export function httpNoise(random: Random): Attempt {
  const kind = 'no HTTP'
  const must = (bytes: string | Buffer): Attempt => ({
    kind,
    bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
    answers: 1,
    ends: 'must',
    text: String(bytes).slice(0, 500),
  })
  const leaves = (bytes: string): Attempt => ({
    ...must(bytes),
    answers: 0,
    ends: 'never',
    leaves: true,
  })
  const get = 'GET /v1/me HTTP/1.1\r\nHost: x\r\n'
  const post = 'POST /v1/workspaces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  switch (random.below(14)) {
    case 0:
      return must(Buffer.concat([Buffer.from([1]), random.bytes(random.between(20, 200))]))
    case 1:
      return must('SSH-2.0-OpenSSH_9.0\r\n\r\n')
    case 2:
      return must(`${get}X-Zero: a\u0000b\r\n\r\n`)
    case 3:
      return must(`${get}${'X-Many: y\r\n'.repeat(3_000)}\r\n`)
    case 4:
      return must(`${get}X-Long: ${'y'.repeat(random.between(17_000, 60_000))}\r\n\r\n`)
    case 5:
      return must(`${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`)
    case 6:
      return must(`${post}Content-Length: minus\r\n\r\n{}`)
    case 7:
      return must(`${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`)
    case 8:
      return must('GET /v1/me HTTP/9.9\r\nHost: x\r\n\r\n')
    case 9:
      return must(`get /v1/me HTTP/1.1\r\nHost: x\r\n\r\n`)
    case 10:
      return must('GET /\u00ff\u0001 HTTP/1.1\r\nHost: x\r\n\r\n')
    case 11:
      return leaves(`${get}X-Un`)
    case 12:
      return leaves(`${post}Content-Length: 1000\r\n\r\n{"name":`)
    default:
      return leaves(`${post}Transfer-Encoding: chunked\r\n\r\nffff\r\n{"name"`)
  }
}
