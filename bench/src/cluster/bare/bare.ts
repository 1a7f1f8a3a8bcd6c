import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Client } from 'cassandra-driver'
import kafkajs from 'kafkajs'
import type { ClusterServices } from '../../../../scripts/cluster/options.js'
import { buildPeer } from '../../peers/build.js'
import { rest, until } from '../../until.js'
import type { Saturated } from '../load/saturate.js'
import { Timings } from '../timings.js'
import type { Order, Place, Report } from './orders.js'

const READY_TIMEOUT_MS = 60_000
const SETTLE_TIMEOUT_MS = 60_000
const WARM_UP = 0.25

/** The bare parts: one process that produces, and one that consumes and inserts, on the services of the cluster. */
export class Bare {
  #agesMs: number[] = []
  #stored = 0
  #sent = 0
  #failure: string | undefined
  #isSaturating = false

  private constructor(
    private readonly producer: ChildProcess,
    private readonly inserter: ChildProcess,
  ) {}

  static async start(
    services: ClusterServices,
    { partitions, channels }: { readonly partitions: number; readonly channels: number },
  ): Promise<Bare> {
    const place = await prepare(services, partitions, channels)
    const children: ChildProcess[] = []
    try {
      for (const script of ['producer', 'inserter']) {
        const child = fork(
          await buildPeer(`../cluster/bare/${script}.ts`),
          [JSON.stringify(place)],
          // kafkajs sets timers in the past, of which Node warns
          {
            stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
            execArgv: ['--disable-warning=TimeoutNegativeWarning'],
          },
        )
        children.push(child)
        await ready(child, script)
      }
    } catch (error) {
      for (const child of children) child.kill('SIGKILL')
      throw error
    }
    const [producer, inserter] = children as [ChildProcess, ChildProcess]
    const bare = new Bare(producer, inserter)
    for (const child of children) {
      child.on('message', (report: Report) => bare.hear(report))
      child.once('exit', () => bare.hear({ report: 'failed', message: 'a process ended' }))
    }
    return bare
  }

  get processIds(): readonly number[] {
    return [this.producer, this.inserter].flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  /** From producing each message until it is inserted, at so many a second. */
  async paced(perS: number, seconds: number): Promise<Timings> {
    this.#agesMs = []
    this.#sent = 0
    this.#stored = 0
    this.tell({ order: 'paced', perS, seconds })
    await this.until(
      'the bare parts',
      seconds * 1_000 + SETTLE_TIMEOUT_MS,
      () => this.#sent > 0 && this.#stored >= this.#sent,
    )
    return new Timings(this.#agesMs)
  }

  /** Messages inserted a second while so many are under way. */
  async saturate(inFlight: number, seconds: number): Promise<Saturated> {
    this.#stored = 0
    this.#isSaturating = true
    this.tell({ order: 'saturate', inFlight })
    await rest(seconds * 1_000 * WARM_UP)
    const [storedBefore, startedAt] = [this.#stored, performance.now()]
    await rest(seconds * 1_000)
    const perS = (this.#stored - storedBefore) / ((performance.now() - startedAt) / 1_000)
    this.#isSaturating = false
    this.tell({ order: 'stop' })
    let before = -1
    // nothing more comes
    await this.until('the bare parts to end', SETTLE_TIMEOUT_MS, async () => {
      if (before === this.#stored) return true
      before = this.#stored
      await rest(500)
      return false
    })
    return { perS, messages: this.#stored }
  }

  async close(): Promise<void> {
    for (const child of [this.producer, this.inserter]) {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
  }

  private tell(order: Order): void {
    this.producer.send(order)
  }

  private hear(report: Report): void {
    if (report.report === 'stored') {
      for (const ageMs of report.agesMs) this.#agesMs.push(ageMs)
      this.#stored += report.agesMs.length
      if (this.#isSaturating) this.tell({ order: 'stored', count: report.agesMs.length })
    } else if (report.report === 'sent') this.#sent = report.count
    else if (report.report === 'failed') this.#failure = report.message
  }

  private until(what: string, timeoutMs: number, holds: () => boolean | Promise<boolean>) {
    return until(what, timeoutMs, () => {
      if (this.#failure !== undefined) throw new Error(`the bare parts failed: ${this.#failure}`)
      return holds()
    })
  }
}

async function ready(child: ChildProcess, script: string): Promise<void> {
  let isReady = false
  child.once('message', () => {
    isReady = true
  })
  await until(`the bare ${script}`, READY_TIMEOUT_MS, () => {
    if (child.exitCode !== null) throw new Error(`the bare ${script} ended`)
    return isReady
  })
}

/** A topic and a table such as Tidings makes them. */
async function prepare(
  { kafka, cassandra }: ClusterServices,
  partitions: number,
  channels: number,
): Promise<Place> {
  if (cassandra === undefined) throw new Error('the bare parts need Cassandra')
  const name = `bare${randomBytes(6).toString('hex')}`
  const copies = kafka.brokers.length < 3 ? 1 : 3
  const admin = new kafkajs.Kafka({
    brokers: [...kafka.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin()
  await admin.connect()
  try {
    const configEntries = [{ name: 'min.insync.replicas', value: copies === 1 ? '1' : '2' }]
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        { topic: name, numPartitions: partitions, replicationFactor: copies, configEntries },
      ],
    })
  } finally {
    await admin.disconnect()
  }
  const { localDataCenter } = cassandra
  const contactPoints = cassandra.contactPoints.map((host) => `${host}:${cassandra.port}`)
  const client = new Client({ contactPoints, localDataCenter })
  try {
    const replicas = cassandra.contactPoints.length < 3 ? 1 : 3
    await client.execute(
      `CREATE KEYSPACE ${name} WITH replication = {'class': 'NetworkTopologyStrategy', '${localDataCenter}': ${replicas}}`,
    )
    await client.execute(
      `CREATE TABLE ${name}.events (channel_id text, bucket int, channel_seq bigint, event text, PRIMARY KEY ((channel_id, bucket), channel_seq)) WITH CLUSTERING ORDER BY (channel_seq DESC) AND compaction = {'class': 'UnifiedCompactionStrategy'} AND read_repair = 'NONE'`,
    )
  } finally {
    await client.shutdown()
  }
  return {
    brokers: kafka.brokers,
    topic: name,
    partitions,
    channels,
    contactPoints,
    localDataCenter,
    keyspace: name,
  }
}
