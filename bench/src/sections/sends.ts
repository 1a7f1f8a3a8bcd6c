import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { cpuSeconds, median } from '../cpu.js'
import { greet } from '../load/greet.js'
import type { LoadSocket } from '../load/socket.js'
import { tidings } from '../peers/dialects.js'
import { startPeer } from '../peers/peer.js'
import type { BenchOptions, Row, Section } from './section.js'

const IN_FLIGHT = 16
const TEXT = 'x'.repeat(200)
const GOAL = 20_000

/** Acknowledged durable sends: clients keep 16 under way each, in channels of so many members. */
async function acknowledged(
  channels: number,
  members: number,
  options: BenchOptions,
): Promise<{ perCpu: number; perS: number }> {
  const server = await startPeer('./tidings.ts', [String(channels), String(members)])
  try {
    const senders: Sender[] = []
    for (let i = 0; i < channels * members; i++)
      senders.push(await Sender.open(server.port, i, `c${Math.floor(i / members)}`))
    for (const sender of senders) sender.start()
    await rest(options.seconds * 250)
    const total = (): number => senders.reduce((sum, sender) => sum + sender.acks, 0)
    const [acksBefore, cpuBefore, before] = [total(), cpuSeconds(server.pid), performance.now()]
    await rest(options.seconds * 1000)
    const acks = total() - acksBefore
    const cpu = cpuSeconds(server.pid) - cpuBefore
    const seconds = (performance.now() - before) / 1000
    for (const sender of senders) sender.close()
    return { perCpu: acks / cpu, perS: acks / seconds }
  } finally {
    await server.stop()
  }
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

class Sender {
  private sent = 0
  private constructor(
    private readonly socket: LoadSocket,
    private readonly index: number,
    private readonly channelId: string,
  ) {}

  static async open(port: number, index: number, channelId: string): Promise<Sender> {
    const socket = await greet(port, tidings, index, '"message.ack"')
    return new Sender(socket, index, channelId)
  }

  get acks(): number {
    return this.socket.received
  }

  start(): void {
    this.socket.onCount = () => this.fill()
    this.fill()
  }

  close(): void {
    this.socket.onCount = undefined
    this.socket.close()
  }

  /** Sends as many as were acknowledged, in one frame. */
  private fill(): void {
    const missing = IN_FLIGHT - (this.sent - this.acks)
    if (missing <= 0) return
    const sends = Array.from({ length: missing }, () => ({
      type: 'message.send',
      channel_id: this.channelId,
      client_msg_id: `${process.pid}-${this.index}-${++this.sent}`,
      first_try_ts: Date.now(),
      text: TEXT,
    }))
    this.socket.send(JSON.stringify(sends))
  }
}

/** What SQLite alone does in this process: an event, an id with a look-up, and a head, in groups. */
function bareSqlite(group: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'bare-bench-'))
  const db = new DatabaseSync(join(folder, 'data.db'))
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE events (channel_id TEXT, epoch INT, seq INT, event TEXT, PRIMARY KEY (channel_id, epoch, seq)) WITHOUT ROWID; CREATE TABLE ids (id TEXT, channel_id TEXT, user_id TEXT, seq INT, PRIMARY KEY (id, channel_id, user_id)) WITHOUT ROWID; CREATE TABLE heads (channel_id TEXT PRIMARY KEY, seq INT) WITHOUT ROWID',
  )
  const event = db.prepare('INSERT INTO events VALUES (?, 1, ?, ?)')
  const id = db.prepare('INSERT INTO ids VALUES (?, ?, ?, ?)')
  const known = db.prepare('SELECT seq FROM ids WHERE id = ? AND channel_id = ? AND user_id = ?')
  const head = db.prepare(
    'INSERT INTO heads VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq',
  )
  const before = process.cpuUsage()
  const rows = 100_000
  for (let seq = 1; seq <= rows; ) {
    db.exec('BEGIN IMMEDIATE')
    for (let i = 0; i < group; i++, seq++) {
      known.get(`m${seq}`, 'c0', 'u')
      event.run('c0', seq, TEXT)
      id.run(`m${seq}`, 'c0', 'u', seq)
    }
    head.run('c0', seq)
    db.exec('COMMIT')
  }
  const { user, system } = process.cpuUsage(before)
  db.close()
  rmSync(folder, { recursive: true, force: true })
  return rows / ((user + system) / 1_000_000)
}

export const durableSends: Section = {
  name: 'durable sends',
  async run(options) {
    const small: { perCpu: number; perS: number }[] = []
    const large: { perCpu: number; perS: number }[] = []
    const bare: number[] = []
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      small.push(await acknowledged(20, 5, options))
      large.push(await acknowledged(1, 100, options))
      bare.push(bareSqlite(100))
      options.onProgress(
        `20 × 5: ${Math.round(small.at(-1)?.perCpu ?? 0)} sends per CPU second; 1 × 100: ${Math.round(large.at(-1)?.perCpu ?? 0)}; bare node:sqlite: ${Math.round(bare.at(-1) ?? 0)}`,
      )
    }
    const perCpu = median(small.map((one) => one.perCpu))
    const row = (
      measure: string,
      unit: string,
      figure: number,
      ratios: Row['ratios'] = [],
    ): Row => ({
      measure,
      unit,
      figures: { Tidings: figure },
      ratios,
    })
    return [
      row(
        '20 channels of 5, 16 in flight each',
        'acknowledged sends per server CPU second',
        perCpu,
        [{ against: 'the goal', ratio: perCpu / GOAL, goal: `≥ ${GOAL}`, met: perCpu >= GOAL }],
      ),
      row(
        '20 channels of 5, 16 in flight each',
        'acknowledged sends per second',
        median(small.map((one) => one.perS)),
      ),
      row(
        'one channel of 100, 16 in flight each',
        'acknowledged sends per server CPU second',
        median(large.map((one) => one.perCpu)),
      ),
      row(
        'one channel of 100, 16 in flight each',
        'acknowledged sends per second',
        median(large.map((one) => one.perS)),
      ),
      {
        measure: 'bare node:sqlite, groups of 100, in process',
        unit: 'rows per CPU second',
        figures: { 'node:sqlite': median(bare) },
        ratios: [],
      },
    ]
  },
}
