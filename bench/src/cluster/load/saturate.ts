import { rest, until } from '../until.js'
import type { Client } from './client.js'
import { stampedText } from './text.js'
import { uuidV7 } from './uuid.js'

const ACK = Buffer.from('"message.ack"')
const ERROR = Buffer.from('"type":"error"')
/** Until as much is under way as will be. */
const WARM_UP = 0.25
const SETTLE_TIMEOUT_MS = 60_000

/** Messages acknowledged a second while every client keeps so many under way. Rejects when one is refused. */
export async function saturate(
  clients: readonly Client[],
  inFlight: number,
  seconds: number,
): Promise<number> {
  let acks = 0
  let underWay = 0
  let refused: string | undefined
  let isOver = false
  for (const client of clients) {
    let own = 0
    const fill = () => {
      if (isOver || own >= inFlight) return
      const nowMs = Date.now()
      const messages = Array.from({ length: inFlight - own }, () => ({
        id: uuidV7(nowMs),
        text: stampedText(),
      }))
      own += messages.length
      underWay += messages.length
      client.send(messages)
    }
    client.onFrame = (frame) => {
      const acked = occurrences(frame, ACK)
      if (acked === 0) {
        if (frame.includes(ERROR)) refused = frame.toString().slice(0, 200)
        return
      }
      acks += acked
      own -= acked
      underWay -= acked
      fill()
    }
    fill()
  }
  try {
    await rest(seconds * 1_000 * WARM_UP)
    const [acksBefore, startedAt] = [acks, performance.now()]
    await rest(seconds * 1_000)
    const perS = (acks - acksBefore) / ((performance.now() - startedAt) / 1_000)
    isOver = true
    await until('what is under way to be answered', SETTLE_TIMEOUT_MS, () => {
      if (refused !== undefined) throw new Error(`a message was refused: ${refused}`)
      return underWay === 0
    })
    return perS
  } finally {
    isOver = true
    for (const client of clients) client.onFrame = undefined
  }
}

function occurrences(frame: Buffer, what: Buffer): number {
  let count = 0
  for (let at = frame.indexOf(what); at !== -1; at = frame.indexOf(what, at + what.length)) count++
  return count
}
