/**
 * The hand-made server that stores: one worker with `node:sqlite` commits the same rows (event, id, head) in a
 * group, and only then one JSON-array frame goes to each socket with one write. It knows one channel and
 * checks nothing but whether it has the id already.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { WebSocketServer } from 'ws'
import { tellPort } from './tell-port.js'

const folder = mkdtempSync(join(tmpdir(), 'handmade-bench-'))
const worker = new Worker(
  `const { parentPort, workerData } = require('node:worker_threads')
   const { DatabaseSync } = require('node:sqlite')
   const db = new DatabaseSync(workerData)
   db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE events (channel_id TEXT, epoch INT, seq INT, event TEXT, PRIMARY KEY (channel_id, epoch, seq)) WITHOUT ROWID; CREATE TABLE ids (id TEXT, channel_id TEXT, user_id TEXT, seq INT, PRIMARY KEY (id, channel_id, user_id)) WITHOUT ROWID; CREATE TABLE heads (channel_id TEXT PRIMARY KEY, seq INT) WITHOUT ROWID')
   const event = db.prepare('INSERT INTO events VALUES (?, 1, ?, ?)')
   const id = db.prepare('INSERT INTO ids VALUES (?, ?, ?, ?)')
   const known = db.prepare('SELECT seq FROM ids WHERE id = ? AND channel_id = ? AND user_id = ?')
   const head = db.prepare('INSERT INTO heads VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq')
   parentPort.on('message', (rows) => {
     db.exec('BEGIN IMMEDIATE')
     for (const [seq, clientMsgId, json] of rows) {
       if (known.get(clientMsgId, 'c0', 'u') !== undefined) continue
       event.run('c0', seq, json)
       id.run(clientMsgId, 'c0', 'u', seq)
     }
     head.run('c0', rows.at(-1)[0])
     db.exec('COMMIT')
     parentPort.postMessage(rows.length)
   })`,
  { eval: true, workerData: join(folder, 'data.db') },
)
const sockets = new Set<Duplex>()
type Row = [seq: number, clientMsgId: string, json: string, from: Duplex]
let queued: Row[] = []
let writing: Row[] = []
let seq = 0

function frameOf(text: string): Buffer {
  const payload = Buffer.from(text)
  const header =
    payload.length < 126
      ? Buffer.from([0x81, payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x81, 126, payload.length >> 8, payload.length & 255])
        : Buffer.from([
            0x81,
            127,
            0,
            0,
            0,
            0,
            payload.length >>> 24,
            (payload.length >> 16) & 255,
            (payload.length >> 8) & 255,
            payload.length & 255,
          ])
  return Buffer.concat([header, payload])
}

function commit(): void {
  if (writing.length > 0 || queued.length === 0) return
  writing = queued
  queued = []
  worker.postMessage(writing.map(([number, clientMsgId, json]) => [number, clientMsgId, json]))
}
worker.on('message', () => {
  const frame = frameOf(`[${writing.map(([, , json]) => json).join(',')}]`)
  const acks = new Map<Duplex, string[]>()
  for (const [number, clientMsgId, , from] of writing) {
    const own = acks.get(from) ?? []
    own.push(
      JSON.stringify({
        type: 'message.ack',
        client_msg_id: clientMsgId,
        channel_id: 'c0',
        channel_seq: number,
      }),
    )
    acks.set(from, own)
  }
  writing = []
  for (const socket of sockets) {
    const own = acks.get(socket)
    if (own === undefined) socket.write(frame)
    else socket.write(Buffer.concat([frame, frameOf(`[${own.join(',')}]`)]))
  }
  commit()
})

const server = createServer()
const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false })
server.on('upgrade', (request, socket, head) => {
  upgrades.handleUpgrade(request, socket, head, (ws) => {
    sockets.add(socket)
    ws.on('message', (data) => {
      const parsed = JSON.parse(String(data)) as { text: string; client_msg_id: string }[]
      if (queued.length === 0) setImmediate(commit)
      for (const { text, client_msg_id } of parsed) {
        seq++
        const event = {
          type: 'message.new',
          channel_id: 'c0',
          channel_seq: seq,
          message_count: seq,
          user_id: 'u',
          client_msg_id,
          ts: Date.now(),
          message_id: String(seq),
          text,
        }
        queued.push([seq, client_msg_id, JSON.stringify(event), socket])
      }
    })
    ws.on('close', () => sockets.delete(socket))
    ws.send('"ready"')
  })
})
process.once('SIGTERM', () => {
  rmSync(folder, { recursive: true, force: true })
  process.exit(0)
})
tellPort(server)
