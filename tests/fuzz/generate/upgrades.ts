import { randomBytes } from 'node:crypto'
import type { Random } from '../random.js'
import type { Attempt } from './attempt.js'

/** Upgrades with odd headers. Taken or refused by HTTP; the client leaves either way. */
export function oddUpgrade(random: Random, token: string): Attempt {
  const key = randomBytes(16).toString('base64')
  const valid: Record<string, string> = {
    Host: 'x',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Protocol': 'tidings.v1',
  }
  const odd: Record<string, readonly string[]> = {
    Upgrade: ['websocket, h2c', 'WEBSOCKET', 'nothing', ''],
    Connection: ['keep-alive, Upgrade', 'upgrade', 'Upgrade, Upgrade'],
    'Sec-WebSocket-Version': ['7', '14', '', '13, 8', 'x'],
    'Sec-WebSocket-Key': ['', 'short', 'x'.repeat(500), '\u00ff'],
    'Sec-WebSocket-Protocol': [
      '',
      ',',
      'other',
      'tidings.v1, tidings.v1',
      'tidings.v2, tidings.v1',
      `tidings.v1, tidings.token.${Buffer.from(token).toString('base64url')}`,
      'tidings.v1, tidings.token.%%%',
      'tidings.token.x',
      `tidings.v1${', x'.repeat(500)}`,
    ],
    'Sec-WebSocket-Extensions': [
      'permessage-deflate',
      'x; y="z',
      ';;',
      'permessage-deflate; server_max_window_bits=99',
    ],
    Origin: ['https://elsewhere.example', 'null', '\u00ff', 'http://[', ''],
    'X-Forwarded-For': ['1.1.1.1', ',,,', 'x'.repeat(1_000)],
    'Content-Length': ['10', '0'],
    Cookie: ['a=b'],
  }
  const headers = { ...valid }
  for (let i = random.between(1, 3); i > 0; i--) {
    const name = random.pick(Object.keys(odd))
    if (random.chance(0.2)) delete headers[name]
    else headers[name] = random.pick(odd[name] ?? [''])
  }
  const method = random.chance(0.95) ? 'GET' : random.pick(['POST', 'HEAD', 'PUT'])
  const path = random.pick([
    '/v1/ws',
    '/v1/ws',
    '/v1/ws/',
    '/v1/me',
    '/v1/ws?token=',
    '/v1/ws?token=%E0%A4',
    '/v1/ws?token=a&token=b',
    '/v1/ws?x',
  ])
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const bytes = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return {
    kind: 'upgrade',
    bytes,
    answers: 1,
    ends: 'maybe',
    leaves: true,
    text: bytes.toString('latin1').slice(0, 2_000),
  }
}
