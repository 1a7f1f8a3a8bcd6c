import type { Random } from '../random.js'
import type { FuzzTarget, Target } from '../system/target.js'
import type { Attempt } from './attempt.js'
import { example, type Hints } from './example.js'
import { httpNoise } from './http-noise.js'
import { mutate, oddJson } from './mutate.js'
import { noise, ODD_STRINGS, oddValue } from './odd.js'
import type { Route } from './routes.js'
import { oddUpgrade } from './upgrades.js'

/** One request, and whose answer is expected where. */
export interface RequestAttempt extends Attempt {
  readonly method: string
  readonly path: string
}

export const OTHER_KINDS = ['no route', 'no HTTP', 'upgrade'] as const
const OTHERS = 0.08

/** Makes requests to every route, most of them nearly right. */
export class Requests {
  private made = 0

  constructor(
    private readonly random: Random,
    private readonly target: FuzzTarget,
    private readonly routes: readonly Route[],
    private readonly places: readonly Target[],
  ) {}

  next(): RequestAttempt {
    const { random } = this
    if (!random.chance(OTHERS)) return this.toRoute(random.pick(this.routes))
    switch (random.pick(OTHER_KINDS)) {
      case 'no route':
        return this.toNowhere()
      case 'no HTTP':
        return { ...httpNoise(random), method: 'GET', path: '/' }
      case 'upgrade':
        return {
          ...oddUpgrade(random, this.target.tokenOf('frames-0')),
          method: 'GET',
          path: '/v1/ws',
        }
    }
  }

  private toRoute(route: Route): RequestAttempt {
    const { random } = this
    const caller = this.caller()
    const hints = this.hints(random.pick(this.places), caller === 'server')
    const path = this.pathOf(route, hints) + this.queryOf(route, hints)
    const body = route.body === undefined ? undefined : this.bodyOf(route.body, hints)
    const method = random.chance(0.98)
      ? route.method
      : random.pick(['HEAD', 'OPTIONS', 'PROPFIND', 'TRACE'])
    return this.request(route.name, method, path, caller, body)
  }

  private toNowhere(): RequestAttempt {
    const { random } = this
    const path = random.pick([
      '/',
      '/v1',
      '/v1/',
      '//v1/me',
      '/v1/me/',
      '/v2/me',
      '/v1/channels/%E0%A4%A',
      '/v1/channels/%',
      '/v1/channels/%00/messages',
      `/v1/channels/${'x'.repeat(600)}`,
      `/${encodeSafely(noise(random, random.below(50)))}`,
      '/v1/../../etc/passwd',
      '/v1/channels;a=b',
      '*',
      'http://elsewhere.example/v1/me',
    ])
    const method = random.pick(['GET', 'POST', 'DELETE', 'PUT', 'PATCH'])
    const body = random.chance(0.5) ? '{}' : undefined
    const request = this.request('no route', method, path, this.caller(), body)
    // an address in full is that of its path
    return { ...request, path: path.replace(/^http:\/\/[^/]+/, '') }
  }

  private request(
    kind: string,
    method: string,
    path: string,
    caller: string,
    body: string | undefined,
  ): RequestAttempt {
    const { random } = this
    const lines = [`${method} ${path} HTTP/1.1`, 'Host: fuzz', ...this.authorization(caller)]
    if (random.chance(0.1)) lines.push(this.oddHeader())
    const bytes = Buffer.from(body ?? '')
    if (body !== undefined) {
      lines.push(`Content-Type: ${this.contentType()}`)
      if (random.chance(0.05)) return chunked(kind, method, path, lines, bytes)
      lines.push(`Content-Length: ${bytes.length}`)
    }
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
    return {
      kind,
      method,
      path,
      bytes: Buffer.concat([head, bytes]),
      answers: 1,
      ends: 'maybe',
      text: `${head.toString('latin1')}${body ?? ''}`.slice(0, 3_000),
    }
  }

  private caller(): string {
    return this.random.weighted({ user: 6, server: 3, nobody: 0.4, bad: 0.3, odd: 0.3 })
  }

  private authorization(caller: string): string[] {
    const { random, target } = this
    switch (caller) {
      case 'user':
        return [`Authorization: Bearer ${target.tokenOf(`requests-${random.below(4)}`)}`]
      case 'server':
        return [`Authorization: Bearer ${target.serverKey}`]
      case 'bad':
        return ['Authorization: Bearer not-a-token']
      case 'odd':
        return [
          random.pick([
            'Authorization:',
            'Authorization: Bearer',
            'Authorization: Bearer a b',
            'Authorization: Basic YTpi',
            `Authorization: Bearer ${'x'.repeat(2_000)}`,
            'Authorization: Bearer \u00ff\u00fe',
          ]),
        ]
      default:
        return []
    }
  }

  private pathOf(route: Route, hints: Hints): string {
    const { random } = this
    return route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = hints(name, random) ?? example({ type: 'string' }, random, hints, name)
      return encodeSafely(random.chance(0.9) ? String(value) : random.pick(ODD_STRINGS)) || '%20'
    })
  }

  private queryOf(route: Route, hints: Hints): string {
    const { random } = this
    const pairs: string[] = []
    for (const [name, { schema, required }] of Object.entries(route.query)) {
      if (!required && !random.chance(0.3)) continue
      if (required && random.chance(0.05)) continue
      const value = random.chance(0.85)
        ? example(schema, random, hints, name)
        : random.pick(ODD_STRINGS)
      pairs.push(`${name}=${encodeSafely(String(value))}`)
      if (random.chance(0.03)) pairs.push(`${name}=again`)
    }
    if (random.chance(0.03)) pairs.push(random.pick(['__proto__=1', 'a[b]=c', '&', 'x=%zz', '=']))
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`
  }

  private bodyOf(schema: NonNullable<Route['body']>, hints: Hints): string {
    const { random } = this
    const valid = example(schema, random, hints) as Record<string, unknown>
    switch (
      random.weighted({
        valid: 6,
        mutated: 4,
        odd: 0.4,
        cut: 0.3,
        noise: 0.3,
        any: 0.4,
        large: 0.02,
      })
    ) {
      case 'valid':
        return JSON.stringify(valid)
      case 'mutated':
        return JSON.stringify(mutate(valid, random))
      case 'odd':
        return oddJson(valid, random)
      case 'cut':
        return JSON.stringify(valid).slice(0, random.below(20))
      case 'noise':
        return noise(random, random.below(50))
      case 'any':
        return JSON.stringify(oddValue(random)) ?? 'null'
      case 'large':
        return JSON.stringify({ ...valid, extra: 'x'.repeat(random.pick([100_000, 140_000])) })
    }
  }

  private contentType(): string {
    const { random } = this
    if (random.chance(0.95)) return 'application/json'
    return random.pick([
      'text/plain',
      'application/json; charset=utf-16',
      'application/JSON',
      'multipart/form-data; boundary=x',
      'x',
      '',
      ';',
      'application/json, application/json',
    ])
  }

  private oddHeader(): string {
    const { random } = this
    return random.pick([
      'Expect: 100-continue',
      'Expect: nothing',
      'Origin: https://elsewhere.example',
      'Origin: null',
      'X-Forwarded-For: 1.1.1.1, , "x"',
      'Range: bytes=0-1',
      'If-None-Match: *',
      'Accept: text/html;q=0',
      'Accept-Encoding: gzip',
      'Cookie: a=b; c',
      'X-Request-Id: mine',
      `X-Long: ${'x'.repeat(4_000)}`,
      'Upgrade: h2c',
      'Content-Encoding: gzip',
      'X-HTTP-Method-Override: DELETE',
      'Connection: keep-alive',
    ])
  }

  private hints(place: Target, isServer: boolean): Hints {
    const now = Date.now()
    return (field, random) => {
      switch (field) {
        case 'channel_id':
          if (random.chance(0.88)) return place.channelId
          return isServer ? `new-${random.below(1_000)}` : random.pick(['vault', 'nowhere'])
        case 'workspace_id':
          return random.chance(0.9)
            ? place.workspaceId
            : random.pick(['nowhere', `w-${random.below(50)}`])
        case 'user_id':
        case 'with_user_id':
        case 'owner_id':
          return `requests-${random.below(5)}`
        case 'client_msg_id':
          return random.chance(0.8)
            ? `q-${random.below(0xffff_ffff).toString(36)}-${++this.made}`
            : `q-${random.below(20)}`
        case 'first_try_ts':
          return random.chance(0.95) ? now : 0
        case 'message_id':
          return random.chance(0.9) ? place.messageId : 'another'
        case 'seq':
          return random.chance(0.9) ? place.seq : random.between(1, 200)
        case 'emoji':
          return random.pick(['👍', '+1', 'a/b', '%'])
        case 'epoch':
          return random.chance(0.9) ? 1 : 2
        case 'from_time':
          return now - random.below(100_000)
        case 'cursor':
          return random.chance(0.7)
            ? Buffer.from(`c${random.below(20)}`).toString('base64url')
            : 'none'
        case 'ban':
          return 'false'
        default:
          return undefined
      }
    }
  }
}

function chunked(
  kind: string,
  method: string,
  path: string,
  lines: readonly string[],
  body: Buffer,
): RequestAttempt {
  const head = `${[...lines, 'Transfer-Encoding: chunked'].join('\r\n')}\r\n\r\n`
  const half = body.length >> 1
  const chunks = [body.subarray(0, half), body.subarray(half)]
    .filter((part) => part.length > 0)
    .flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])
  const bytes = Buffer.concat([Buffer.from(head, 'latin1'), ...chunks, Buffer.from('0\r\n\r\n')])
  return { kind, method, path, bytes, answers: 1, ends: 'maybe', text: head + body }
}

/** As in an address, also where a text is not well-formed. */
function encodeSafely(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80'
}
