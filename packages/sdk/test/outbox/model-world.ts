import type { CommandFrame } from '@tidings/protocol'
import { createOutbox } from '../../src/outbox/outbox.js'
import type { Outbox } from '../../src/outbox/port.js'
import { seededRandom } from '../../src/testing/virtual-clock.js'
import { type VirtualEnvironment, VirtualWorld } from '../../src/testing/virtual-environment.js'
import { KEY } from '../storage/rows.js'
import { FakeConnection } from './fake-connection.js'
import { Disk } from './model-disk.js'
import { ModelServer } from './model-server.js'
import { message, type Watched, watch } from './page.js'

export class Violation extends Error {}

/** What runs came across, so that a property that meets nothing cannot pass. */
export type Reached =
  | 'repeat'
  | 'adopted and sent'
  | 'settled by another tab'
  | 'settled by its own event'
  | 'refused'
  | 'given up on the wire'
  | 'sent from memory'
  | 'lost with its page'

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Violation(what)
}

interface Submission {
  readonly text: string
  readonly channelId: string
  readonly watched: Watched
  readonly abort: AbortController
  /** A page that returns from the back/forward cache is another instance. */
  readonly instance: number
  wasGivenUp: boolean
}

export interface Tab {
  readonly name: string
  readonly environment: VirtualEnvironment
  readonly connection: FakeConnection
  readonly outbox: Outbox
  readonly submissions: Submission[]
  /** By channel: what is on the wire without an answer. */
  readonly unanswered: Map<string, string>
  instance: number
  state: 'awake' | 'frozen' | 'hidden' | 'dead'
}

/** Tabs of one user, a disk, a line that loses things, and a server that knows repeats by their id. */
export class ModelWorld {
  readonly virtual = new VirtualWorld()
  readonly random: () => number
  readonly disk = new Disk(this)
  readonly server = new ModelServer(this)
  readonly tabs: Tab[] = []
  isStormy = false
  /** The disk failed at some time: then first tries may be dated twice. */
  diskFailed = false
  readonly #firstTries = new Map<string, number>()
  readonly #writers = new Map<string, { tab: Tab; instance: number }>()
  /** Whose write had the effect. */
  readonly #takenFrom = new Map<string, Tab>()
  /** Nobody waits for an answer to these. */
  readonly #givenUp = new Set<string>()
  /** A tab has heard how they ended. */
  readonly #ended = new Set<string>()
  #texts = 0
  readonly reached = new Set<Reached>()
  /** The first rule that was broken. */
  violation: unknown

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  open(): Tab {
    const environment = this.virtual.createEnvironment()
    const connection = new FakeConnection(environment)
    const { url, userId } = KEY
    const storage = this.disk.openerFor(environment)
    const tab: Tab = {
      name: `tab ${this.tabs.length}`,
      environment,
      connection,
      outbox: createOutbox(connection, environment, storage, { url, userId }),
      submissions: [],
      unanswered: new Map(),
      instance: 0,
      state: 'awake',
    }
    connection.onWrite = (frame) => {
      try {
        this.#checkWrite(tab, frame)
      } catch (violation) {
        this.violation ??= violation
      }
      this.#travel(tab, frame)
    }
    this.tabs.push(tab)
    return tab
  }

  living(): Tab[] {
    return this.tabs.filter(({ state }) => state !== 'dead')
  }

  submit(tab: Tab, channelId: string): void {
    const text = `${channelId}-${this.#texts++}`
    const abort = new AbortController()
    const watched = watch(tab.outbox.submit(message(text, channelId), { signal: abort.signal }))
    const { instance } = tab
    tab.submissions.push({ text, channelId, watched, abort, instance, wasGivenUp: false })
  }

  giveUp(tab: Tab, nth: number): void {
    const open = tab.submissions.filter(({ watched }) => watched.end === 'pending')
    const submission = open[nth % Math.max(1, open.length)]
    if (submission === undefined) return
    submission.wasGivenUp = true
    const { clientMsgId } = submission.watched
    this.#givenUp.add(clientMsgId)
    if (tab.unanswered.get(submission.channelId) === clientMsgId) {
      this.reached.add('given up on the wire')
    }
    submission.abort.abort()
  }

  kill(tab: Tab): void {
    tab.connection.canSend = false
    tab.environment.kill()
    this.disk.endOf(tab.environment)
    tab.state = 'dead'
  }

  hide(tab: Tab): void {
    tab.connection.disconnect(1006)
    tab.environment.signal('pagehide')
    tab.state = 'hidden'
    tab.instance++
    tab.unanswered.clear()
  }

  show(tab: Tab): void {
    tab.state = 'awake'
    tab.environment.signal('pageshow')
    tab.connection.connect()
  }

  freeze(tab: Tab): void {
    tab.environment.freeze()
    tab.state = 'frozen'
  }

  thaw(tab: Tab): void {
    tab.state = 'awake'
    tab.environment.thaw()
  }

  #checkWrite(tab: Tab, { client_msg_id: id, channel_id, first_try_ts }: CommandFrame): void {
    must(tab.state === 'awake', `${tab.name} wrote while ${tab.state}`)
    const onTheWire = tab.unanswered.get(channel_id)
    const isFree = onTheWire === undefined || onTheWire === id || this.#givenUp.has(onTheWire)
    // Two tabs whose disk comes back may take over what the other has; between their commands there is no order.
    const isOthers = this.diskFailed && this.#makerOf(onTheWire) !== this.#makerOf(id)
    // One that a tab wrote from memory may go to another with the disk, and is answered there.
    const hasEnded = this.diskFailed && this.#ended.has(onTheWire ?? '')
    must(isFree || isOthers || hasEnded, `${tab.name}: two without an answer`)
    tab.unanswered.set(channel_id, id)
    const before = this.#writers.get(id)
    const lives = before?.tab.state !== 'dead' && before?.tab.instance === before?.instance
    const isMine = before === undefined || before.tab === tab || !lives
    must(isMine || this.diskFailed, 'two tabs sent the same')
    if (before !== undefined) this.reached.add(before.tab === tab ? 'repeat' : 'adopted and sent')
    this.#writers.set(id, { tab, instance: tab.instance })
    if (tab.outbox.durability === 'memory') this.reached.add('sent from memory')
    if (this.diskFailed) return
    const firstTry = this.#firstTries.get(id) ?? first_try_ts
    must(firstTry === first_try_ts, 'the time of the first try changed')
    this.#firstTries.set(id, firstTry)
    must(this.disk.rows.get(id)?.firstTryTs === first_try_ts, 'on the wire before the disk')
  }

  #makerOf(id: string | undefined): Tab | undefined {
    return this.tabs.find(({ submissions }) =>
      submissions.some(({ watched }) => watched.clientMsgId === id),
    )
  }

  /** To the server and back, if nothing happens on the way. */
  #travel(tab: Tab, frame: CommandFrame): void {
    const { session } = tab.connection
    const chance = this.random()
    if (this.isStormy && chance < 0.15) return
    const delayMs = this.isStormy ? this.random() * 3_000 : 5
    this.virtual.clock.setTimer(() => {
      const answers = this.server.serve(frame)
      const { client_msg_id: id, channel_id } = frame
      const isTaken = this.server.log.get(channel_id)?.at(-1)?.id === id
      if (isTaken && !this.#takenFrom.has(id)) this.#takenFrom.set(id, tab)
      for (const { answer, afterMs } of answers) {
        this.virtual.clock.setTimer(() => {
          if (
            tab.state === 'awake' &&
            tab.connection.session === session &&
            tab.connection.canSend
          ) {
            if (tab.unanswered.get(frame.channel_id) === frame.client_msg_id) {
              tab.unanswered.delete(frame.channel_id)
            }
            if (answer.type !== 'error' || !answer.retryable) this.#ended.add(id)
            tab.connection.deliver(answer)
          }
        }, afterMs)
      }
    }, delayMs)
  }

  /** Everything heals; then every rule is looked at. */
  async checkEnd(): Promise<void> {
    this.isStormy = false
    this.disk.isBroken = false
    for (const tab of this.living()) {
      if (tab.state === 'frozen') this.thaw(tab)
      if (tab.state === 'hidden') this.show(tab)
    }
    this.open()
    for (const { connection } of this.living()) if (!connection.canSend) connection.connect()
    await this.virtual.advance(300_000)
    if (this.violation !== undefined) throw this.violation
    for (const tab of this.tabs) this.#checkTab(tab)
    const left = [...this.disk.rows.values()].filter(({ state }) => state === 'pending')
    must(left.length === 0, `${left.length} rows were never sent`)
    for (const { outbox, name } of this.living()) {
      const open = outbox.list().filter(({ state }) => state === 'pending')
      must(open.length === 0, `${name} still shows ${open.length}`)
    }
  }

  #checkTab(tab: Tab): void {
    const places = new Map<string, number>()
    for (const { text, channelId, watched, instance, wasGivenUp } of tab.submissions) {
      // Half of an instance's rows on a disk that failed, half in memory: they may go by two tabs.
      const sender = this.diskFailed ? this.#takenFrom.get(watched.clientMsgId)?.name : ''
      const lane = `${instance} ${channelId} ${sender}`
      const { clientMsgId: id, end, settledTimes } = watched
      const events = this.server.log.get(channelId) ?? []
      const effects = events.filter((event) => event.text === text)
      const isRefused = this.server.hasRefused(id)
      must(effects.length <= 1, `${text} has ${effects.length} effects`)
      must(
        effects.every((event) => event.id === id),
        `${text} came under another id`,
      )
      if (tab.state !== 'dead') {
        must(settledTimes === 1, `${text} settled ${settledTimes} times: ${end}`)
      }
      if (wasGivenUp) continue
      if (settledTimes === 1 && this.#writers.get(id)?.tab !== tab) {
        this.reached.add('settled by another tab')
      }
      if (isRefused) {
        this.reached.add('refused')
        must(tab.state === 'dead' || end.startsWith('refused'), `${text} was refused, not: ${end}`)
        continue
      }
      const mayBeLost = tab.state === 'dead' && !this.disk.committed.has(id)
      must(effects.length === 1 || mayBeLost, `${text} was lost`)
      if (effects.length === 0) {
        this.reached.add('lost with its page')
        continue
      }
      const place = events.findIndex((event) => event.text === text) + 1
      if (settledTimes === 1)
        must(end === `sent ${place}`, `${text} at ${place} ended with: ${end}`)
      must(place > (places.get(lane) ?? 0), `${text} overtook one before it`)
      places.set(lane, place)
    }
  }
}
