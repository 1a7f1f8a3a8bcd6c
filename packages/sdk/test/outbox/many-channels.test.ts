import type { CommandFrame } from '@tidings/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { ANSWER_TIMEOUT_MS } from '../../src/outbox/plan.js'
import { Browser, message, type Page, type Watched, watch } from './page.js'

const RATE_PER_S = 100
const BURST = 2 * RATE_PER_S

/** Answers at once what is not of a stopped channel, and counts what is above its limit of envelopes. */
class StrictServer {
  readonly stopped = new Set<string>()
  /** By channel, in order of arrival. */
  readonly taken = new Map<string, string[]>()
  readonly #seen = new Set<string>()
  above = 0
  #tokens = BURST
  #filledAt = 0

  constructor(private readonly page: Page) {
    page.connection.limits = {
      ...page.connection.limits,
      envelope_rate_per_s: RATE_PER_S,
      envelope_burst: BURST,
    }
    page.connection.onWrite = (frame) => this.#take(frame)
  }

  #take(frame: CommandFrame): void {
    const now = this.page.environment.monotonicNow()
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAt) / 1000) * RATE_PER_S)
    this.#filledAt = now
    if (this.#tokens < 1) this.above++
    this.#tokens--
    if (this.stopped.has(frame.channel_id)) return
    const taken = this.taken.get(frame.channel_id) ?? []
    this.taken.set(frame.channel_id, taken)
    if (!this.#seen.has(frame.client_msg_id)) taken.push('text' in frame ? frame.text : '')
    this.#seen.add(frame.client_msg_id)
    this.page.environment.setTimer(() => this.page.connection.ack(frame, taken.length), 5)
  }

  /** A new connection has a budget of its own. */
  reconnect(): void {
    this.page.connection.disconnect(1006)
    this.#tokens = BURST
    this.page.connection.connect()
  }
}

describe.each([1, 1_000])('with a pipeline of %i, more commands than go at once', (pipeline) => {
  let browser: Browser
  let page: Page
  let server: StrictServer

  beforeEach(async () => {
    browser = new Browser()
    page = browser.open({ pipeline, maxRows: 3_000 })
    server = new StrictServer(page)
    page.connection.connect()
    await browser.world.settle()
  })

  const submit = (channels: number, each: number): Watched[] =>
    Array.from({ length: channels * each }, (_, n) =>
      watch(page.outbox.submit(message(`${Math.floor(n / channels)}`, `channel ${n % channels}`))),
    )
  const inOrder = (each: number): string[] => Array.from({ length: each }, (_, n) => `${n}`)

  it('I7: a stopped channel with 300 that wait holds up no other', async () => {
    server.stopped.add('stopped')
    const waiting = inOrder(300).map((text) => watch(page.outbox.submit(message(text, 'stopped'))))
    const others = submit(20, 5)
    await browser.world.advance(5_000)
    expect(others.filter(({ end }) => end === 'pending')).toEqual([])
    // nor when the stopped one has been repeated for a while
    await browser.world.advance(3 * ANSWER_TIMEOUT_MS)
    const later = watch(page.outbox.submit(message('later', 'channel 0')))
    await browser.world.advance(2_000)
    expect(later.end).toBe('sent 6')
    expect(waiting.every(({ end }) => end === 'pending')).toBe(true)
    server.stopped.clear()
    await browser.world.advance(30_000)
    expect(server.taken.get('stopped')).toEqual(inOrder(300))
    expect(server.above).toBe(0)
  })

  it('I7: 300 channels that are stopped hold up no other', async () => {
    for (let n = 0; n < 300; n++) {
      server.stopped.add(`stopped ${n}`)
      page.outbox.submit(message('0', `stopped ${n}`))
    }
    for (let round = 1; round <= 5; round++) {
      await browser.world.advance(ANSWER_TIMEOUT_MS)
      const other = watch(page.outbox.submit(message(`${round}`)))
      await browser.world.advance(5_000)
      expect(other.end).toBe(`sent ${round}`)
    }
    expect(server.above).toBe(0)
  })

  it('[P-102] I2, I3: 2,000 in 50 channels get through below the limit, in order, over a reconnect', async () => {
    const all = submit(50, 40)
    await browser.world.advance(7_000)
    expect(all.some(({ end }) => end === 'pending')).toBe(true)
    server.reconnect()
    await browser.world.advance(30_000)
    expect(all.filter(({ end, settledTimes }) => end === 'pending' || settledTimes !== 1)).toEqual(
      [],
    )
    for (let n = 0; n < 50; n++) expect(server.taken.get(`channel ${n}`)).toEqual(inOrder(40))
    expect(server.above).toBe(0)
  })
})
