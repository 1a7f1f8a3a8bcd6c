import type { Admin } from 'kafkajs'
import { type KafkaClient, type KafkaClients, within } from './client.js'
import type { KafkaLogSettings } from './options.js'

const ADMIN_RETRY = {
  initialRetryTime: 100,
  maxRetryTime: 500,
  factor: 0.2,
  multiplier: 2,
  retries: 3,
}
const OPERATION_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 3_000

interface Connected {
  readonly client: KafkaClient
  readonly admin: Admin
  readonly connected: Promise<void>
}

/** Asks the cluster about itself over one connection, which is made anew after a failure. */
export class AdminConnection {
  #current: Connected | undefined
  #closed = false

  constructor(
    private readonly clients: KafkaClients,
    private readonly environment: KafkaLogSettings['environment'],
  ) {}

  async run<T>(what: string, ask: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('the log is closed')
    this.#current ??= this.#connect()
    const used = this.#current
    try {
      return await within(
        this.environment,
        OPERATION_TIMEOUT_MS,
        what,
        used.connected.then(() => ask(used.admin)),
      )
    } catch (error) {
      if (this.#current === used) this.#current = undefined
      giveUp(used)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const used = this.#current
    this.#current = undefined
    if (used !== undefined) giveUp(used)
  }

  #connect(): Connected {
    const client = this.clients.make(ADMIN_RETRY, REQUEST_TIMEOUT_MS)
    const admin = client.kafka.admin()
    const { REQUEST, REQUEST_TIMEOUT } = admin.events
    admin.on(REQUEST, ({ payload }) => client.suspects.answered(payload.broker))
    admin.on(REQUEST_TIMEOUT, ({ payload }) => void client.suspects.timedOut(payload.broker))
    const connected = admin.connect()
    connected.catch(() => undefined)
    return { client, admin, connected }
  }
}

function giveUp({ client, admin }: Connected): void {
  client.cut()
  admin.disconnect().catch(() => undefined)
}
