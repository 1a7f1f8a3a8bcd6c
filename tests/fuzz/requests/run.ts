import { createAnswerCheck, type Document } from '../../../packages/server/test/support/openapi.js'
import type { Coverage } from '../coverage.js'
import { type RequestAttempt, Requests } from '../generate/requests.js'
import { type Route, routesOf } from '../generate/routes.js'
import type { Random } from '../random.js'
import type { FuzzTarget } from '../system/target.js'
import type { HttpAnswer } from '../wire/http-reader.js'
import { HttpConnection } from './connection.js'

export interface RequestRun {
  readonly target: FuzzTarget
  readonly random: Random
  readonly requests: number
  readonly coverage: Coverage
  /** What came, by status and code. */
  readonly answers: Coverage
  readonly document: Document
  /** Connections at the same time. @default 8 */
  readonly connections?: number
}

const BATCH = 12
const REFURNISH_EVERY = 15
/** How often a client leaves in the middle of everything, and after what nobody would wait for. */
const HANGS_UP = 0.03
const HANGS_UP_AT_LAST = 0.3
const TIMEOUT_MS = 60_000
const TREASURE = 'the treasure of the vault'

/** The document that the server serves of itself. */
export async function documentOf(target: FuzzTarget): Promise<Document> {
  return (await (await fetch(`${target.url}/v1/openapi.json`)).json()) as Document
}

/** Many clients at once, each with so many requests. Throws at the first answer that may not be. */
export async function runRequests(run: RequestRun): Promise<void> {
  const { connections = 8 } = run
  const routes = routesOf(run.document)
  const check = createAnswerCheck(run.document)
  await Promise.all(
    Array.from({ length: connections }, (_, part) =>
      new RequestClient(run, part, routes, check).say(Math.ceil(run.requests / connections)),
    ),
  )
}

class RequestClient {
  private readonly random: Random
  private readonly requests: Requests
  private batches = 0
  private refurnishedAt = 0

  constructor(
    private readonly run: RequestRun,
    private readonly part: number,
    routes: readonly Route[],
    private readonly check: ReturnType<typeof createAnswerCheck>,
  ) {
    this.random = run.random.child(1_000 + part)
    const places = run.target.targets.filter(({ workspaceId }) => workspaceId === 'requests')
    this.requests = new Requests(this.random, run.target, routes, places)
  }

  async say(count: number): Promise<void> {
    let left = count
    while (left > 0) {
      // not while a connection is open: the server ends one that says nothing for long
      if (this.isWorn()) await this.refurnish()
      const connection = await HttpConnection.open(this.run.target.port, (attempt, answer) =>
        this.answered(connection, attempt, answer),
      )
      let isOpen = true
      while (isOpen && left > 0 && !this.isWorn()) {
        const batch = this.batch(Math.min(left, BATCH))
        left -= batch.length
        isOpen = await this.try(connection, batch)
      }
      connection.leave()
    }
  }

  private batch(count: number): readonly RequestAttempt[] {
    this.batches++
    const batch: RequestAttempt[] = []
    while (batch.length < count) {
      const attempt = this.requests.next()
      batch.push(attempt)
      this.run.coverage.count(attempt.kind)
      if (attempt.ends === 'must' || attempt.leaves) break
    }
    return batch
  }

  /** True: the connection goes on. */
  private async try(
    connection: HttpConnection,
    batch: readonly RequestAttempt[],
  ): Promise<boolean> {
    const last = batch.at(-1)
    const isLast = last !== undefined && (last.ends === 'must' || last.leaves === true)
    connection.say(isLast ? batch.slice(0, -1) : batch)
    if (await this.hangsUp(HANGS_UP)) return false
    await this.settle(connection)
    if (connection.ended) return false
    if (!isLast) return true
    connection.say([last])
    if (await this.hangsUp(HANGS_UP_AT_LAST)) return false
    if (last.answers > 0) await this.settle(connection)
    if (last.ends !== 'must') return false
    if (!(await connection.closed(TIMEOUT_MS)))
      throw this.failure('the connection was not ended', [last])
    return false
  }

  /** True: the client leaves without waiting for an answer, which may be on its way. */
  private async hangsUp(chance: number): Promise<boolean> {
    if (!this.random.chance(chance)) return false
    for (let turns = this.random.below(4); turns > 0; turns--)
      await new Promise((resolve) => setImmediate(resolve))
    return true
  }

  private async settle(connection: HttpConnection): Promise<void> {
    const settled = await connection.settled(TIMEOUT_MS)
    this.run.target.assertAlive()
    const { fault, unanswered } = connection
    if (fault !== undefined) throw this.failure(fault, unanswered)
    if (!settled) throw this.failure(`no answer in ${TIMEOUT_MS} ms`, unanswered)
    // a body that could not be read ends the connection, and with it what stood behind it
    if (unanswered.length > 0 && unanswered.every(({ ends }) => ends === 'never')) {
      throw this.failure('ended without an answer', unanswered)
    }
  }

  private answered(connection: HttpConnection, attempt: RequestAttempt, answer: HttpAnswer): void {
    try {
      this.judge(attempt, answer)
    } catch (error) {
      connection.fault ??= `${error}: ${answer.status} ${answer.body.toString().slice(0, 500)}\n${attempt.text}`
    }
  }

  private judge(attempt: RequestAttempt, { status, headers, body }: HttpAnswer): void {
    const { answers } = this.run
    if (status === 101) {
      answers.count('101')
      return
    }
    const text = body.toString()
    if (text.includes(TREASURE)) throw new Error('I8: what is in the vault was told')
    const contentType = headers['content-type'] ?? null
    const isJson = contentType?.startsWith('application/json') === true
    const read: unknown = isJson && text !== '' ? JSON.parse(text) : text
    // what never reached a route is answered as if it was for none
    const path = attempt.ends === 'must' || attempt.kind === 'upgrade' ? '/nowhere' : attempt.path
    const ended = attempt.ends === 'must' ? 'GET' : attempt.method
    this.check({ method: ended, path, status, contentType, body: read })
    const error = (read as { error?: { code?: string; request_id?: string } | null }).error
    if (error?.code === 'internal') throw new Error('internal')
    if (error?.code === 'rate_limited' && !/^\d+$/.test(headers['retry-after'] ?? '')) {
      throw new Error('rate_limited without Retry-After')
    }
    const id = headers['x-request-id']
    if (error?.request_id !== undefined && id !== undefined && id !== error.request_id) {
      throw new Error('two request ids')
    }
    answers.count(error?.code ?? String(status))
  }

  private isWorn(): boolean {
    return this.part === 0 && this.batches - this.refurnishedAt >= REFURNISH_EVERY
  }

  /** Puts everybody back who left, or was made to. */
  private async refurnish(): Promise<void> {
    this.refurnishedAt = this.batches
    const { target } = this.run
    const places = [
      ...new Set(
        target.targets.filter((one) => one.workspaceId === 'requests').map((one) => one.channelId),
      ),
    ]
    const roles = ['admin', 'member', 'member', 'read_only']
    for (const [user, role] of roles.entries()) {
      for (const url of [
        '/v1/workspaces/requests/members',
        ...places.map((id) => `/v1/channels/${encodeURIComponent(id)}/members`),
      ]) {
        const answer = await fetch(`${target.url}${url}/requests-${user}`, {
          method: 'PUT',
          headers: {
            authorization: `Bearer ${target.serverKey}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify({ role }),
        })
        await answer.arrayBuffer()
      }
    }
  }

  private failure(fault: string, attempts: readonly RequestAttempt[]): Error {
    const what = attempts.map(({ kind, text }) => `${kind}: ${text}`).join('\n')
    return new Error(
      `client ${this.part}, batch ${this.batches}: ${fault}\n${what.slice(0, 20_000)}`,
    )
  }
}
