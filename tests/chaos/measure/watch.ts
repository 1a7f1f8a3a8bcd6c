import { closeSync, openSync, readSync } from 'node:fs'
import type { Line } from '../../kill/history.js'
import { now } from '../wait.js'
import type { Happenings, Worst } from './interruption.js'

const CHUNK_BYTES = 1024 * 1024
/** What is older is not looked at any more: journals of an hour do not stay in memory. */
const KEPT_MS = 10 * 60_000

/** What the clients' journals say, as they grow. */
export class Watch implements Happenings {
  readonly acked = new Map<string, number[]>()
  readonly shown = new Map<string, number[]>()
  readonly shownTo = new Map<string, number[]>()
  sends: Worst[] = []
  /** How many acks and first showings there were, by second since the epoch. */
  readonly ackedPerSecond = new Map<number, number>()
  readonly shownPerSecond = new Map<number, number>()
  readonly #sentMs = new Map<string, number>()
  readonly #highest = new Map<string, number>()
  #tails: Tail[] = []

  /** Goes on with the journals of other clients. */
  follow(journals: readonly string[], channelIds: readonly string[], clients: readonly string[]) {
    this.close()
    for (const map of [this.acked, this.shown, this.shownTo, this.#sentMs, this.#highest])
      map.clear()
    this.sends = []
    for (const id of channelIds) {
      this.acked.set(id, [])
      this.shown.set(id, [])
    }
    for (const name of clients) this.shownTo.set(name, [])
    this.#tails = journals.map((path) => new Tail(path))
  }

  /** Reads what was written since the last time. */
  read(): void {
    const lines = this.#tails.flatMap((tail) => [...tail.lines()])
    for (const line of lines.sort((a, b) => timeOf(a) - timeOf(b))) this.#take(line)
    const oldest = now() - KEPT_MS
    for (const map of [this.acked, this.shown, this.shownTo]) {
      for (const times of map.values()) {
        if ((times[0] ?? oldest) < oldest - KEPT_MS)
          times.splice(
            0,
            times.findIndex((at) => at >= oldest),
          )
      }
    }
    if ((this.sends[0]?.toMs ?? oldest) < oldest - KEPT_MS) {
      this.sends = this.sends.filter(({ toMs }) => toMs >= oldest)
    }
  }

  /** Sends that wait for their ack. */
  get unacknowledged(): number {
    return this.#sentMs.size
  }

  close(): void {
    for (const tail of this.#tails.splice(0)) tail.close()
  }

  #take(line: Line): void {
    if (line.kind === 'sent') this.#sentMs.set(line.clientMsgId, line.at)
    else if (line.kind === 'acked') {
      const fromMs = this.#sentMs.get(line.clientMsgId) ?? line.at
      this.#sentMs.delete(line.clientMsgId)
      this.sends.push({ name: `${line.client} in ${line.channel}`, fromMs, toMs: line.at })
      insert(this.acked.get(line.channel), line.at)
      count(this.ackedPerSecond, line.at)
    } else if (line.kind === 'shown') {
      const { at = 0 } = line
      insert(this.shownTo.get(line.client), at)
      if (line.seq <= (this.#highest.get(line.channel) ?? 0)) return
      this.#highest.set(line.channel, line.seq)
      insert(this.shown.get(line.channel), at)
      count(this.shownPerSecond, at)
    }
  }
}

const timeOf = (line: Line): number => ('at' in line ? (line.at ?? 0) : 0)

/** Journals of several processes are read in turns: what comes is almost in order. */
function insert(times: number[] | undefined, at: number): void {
  if (times === undefined) return
  let place = times.length
  while (place > 0 && (times[place - 1] ?? 0) > at) place--
  if (place === times.length) times.push(at)
  else times.splice(place, 0, at)
}

function count(perSecond: Map<number, number>, at: number): void {
  const second = Math.floor(at / 1_000)
  perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
}

/** A file that grows, line by line. */
class Tail {
  readonly #file: number
  readonly #chunk = Buffer.alloc(CHUNK_BYTES)
  #rest = Buffer.alloc(0)

  constructor(path: string) {
    this.#file = openSync(path, 'a+')
  }

  *lines(): Generator<Line> {
    for (;;) {
      const size = readSync(this.#file, this.#chunk, 0, CHUNK_BYTES, this.#position)
      if (size === 0) return
      this.#position += size
      const whole = Buffer.concat([this.#rest, this.#chunk.subarray(0, size)])
      const end = whole.lastIndexOf(10) + 1
      this.#rest = Buffer.from(whole.subarray(end))
      for (const line of whole.toString('utf8', 0, end).split('\n')) {
        if (line !== '') yield JSON.parse(line) as Line
      }
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  #position = 0
}
