import { clientFrames } from '@tidings/protocol/schemas'
import * as z from 'zod/mini'
import type { Random } from '../random.js'
import type { FuzzTarget, Target } from '../system/target.js'
import { encodeFrame } from '../wire/encode.js'
import { type Attempt, text } from './attempt.js'
import { example, type Hints, type Schema } from './example.js'
import { mutate, oddJson } from './mutate.js'
import { unreadable } from './noise.js'
import { oddValue } from './odd.js'
import { webSocketTrouble } from './web-socket.js'

export type FrameType = keyof typeof clientFrames
export const FRAME_TYPES = Object.keys(clientFrames) as FrameType[]

const SCHEMAS = Object.fromEntries(
  Object.entries(clientFrames).map(([type, schema]) => [
    type,
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema,
  ]),
) as Record<FrameType, Schema>

/** What is answered only when it is refused; then by the `ref` that each of them carries. */
const SILENT: ReadonlySet<unknown> = new Set<FrameType>([
  'receipt.read',
  'receipt.delivered',
  'typing',
  'presence.set',
  'presence.unsubscribe',
])
export const SILENT_REF = 'silent'
const ANSWERED_TYPES = FRAME_TYPES.filter((type) => !SILENT.has(type))
const isSilent = (envelope: Record<string, unknown>): boolean => SILENT.has(envelope.type)

/** How often each kind of frame is tried. */
const WEIGHTS = {
  hello: 4,
  'channels.list': 5,
  'message.send': 10,
  'message.edit': 7,
  'message.delete': 3,
  'reaction.add': 7,
  'reaction.remove': 7,
  'backfill.request': 10,
  'receipt.read': 4,
  'receipt.delivered': 4,
  'receipts.request': 4,
  typing: 4,
  'presence.set': 4,
  'presence.subscribe': 4,
  'presence.unsubscribe': 2,
  'auth.refresh': 1.8,
  ping: 6,
  array: 5,
  unknown: 4,
  unreadable: 1.6,
  websocket: 5,
} as const
export type FrameKind = keyof typeof WEIGHTS
export const FRAME_KINDS = Object.keys(WEIGHTS) as FrameKind[]

/** Makes what one client says: most of it nearly right, because that gets furthest in. */
export class ClientFrames {
  private made = 0
  private readonly sentIds: string[] = []

  constructor(
    private readonly random: Random,
    private readonly target: FuzzTarget,
    readonly userId: string,
    private readonly places: readonly Target[],
  ) {}

  next(): Attempt {
    const kind = this.random.weighted(WEIGHTS)
    switch (kind) {
      case 'array':
        return this.array()
      case 'unknown':
        return { ...this.plain(this.unknown()), kind }
      case 'unreadable':
        // a flipped bit may leave it readable: then it must be something that is answered
        return unreadable(this.random, () => this.valid(this.random.pick(ANSWERED_TYPES)))
      case 'websocket':
        return webSocketTrouble(this.random, () => this.valid('ping'))
      default:
        return this.ofType(kind)
    }
  }

  /** A hello, valid or nearly so; the first thing that a connection says. */
  hello(wellMade: boolean): { readonly envelope: object; readonly text: string } {
    const plain: Record<string, unknown> = {
      type: 'hello',
      device_id: 'fuzz',
      last_seq_map: {},
    }
    const valid = this.random.chance(0.5) ? plain : this.valid('hello')
    const { token: _, ...envelope } = wellMade ? valid : mutate(valid, this.random)
    return { envelope, text: JSON.stringify(envelope) }
  }

  private ofType(type: FrameType): Attempt {
    const { random } = this
    const valid = this.valid(type)
    const envelope = random.chance(0.55)
      ? valid
      : random.chance(0.85)
        ? mutate(valid, random)
        : mutate(mutate(mutate(valid, random), random), random)
    if (isSilent(envelope)) {
      const json = JSON.stringify({ ...envelope, ref: SILENT_REF })
      return { ...this.plain(json), kind: type, answers: 0 }
    }
    const json = random.chance(0.05) ? oddJson(envelope, random) : JSON.stringify(envelope)
    const attempt = this.plain(json)
    // another user's token, or none at all, ends the session
    return { ...attempt, kind: type, ends: type === 'auth.refresh' ? 'maybe' : attempt.ends }
  }

  private array(): Attempt {
    const { random } = this
    const count = random.chance(0.03) ? 100 : random.between(1, 6)
    const envelopes = Array.from({ length: count }, () => {
      const type = count === 100 ? 'ping' : this.anyType()
      const valid = this.valid(type === 'auth.refresh' ? 'ping' : type)
      const envelope = random.chance(0.5) ? valid : mutate(valid, random)
      return isSilent(envelope) ? { ...envelope, ref: SILENT_REF } : envelope
    })
    const answers = envelopes.filter((envelope) => !isSilent(envelope)).length
    return { ...this.plain(JSON.stringify(envelopes)), kind: 'array', answers }
  }

  private unknown(): string {
    const { random } = this
    const type = random.pick([
      'message.translate',
      'MESSAGE.SEND',
      '__proto__',
      'constructor',
      'message.new',
      'hello_ack',
      '',
      'é'.repeat(100),
      ' ping',
    ])
    const { type: _, ...fields } = this.valid(this.anyType())
    return JSON.stringify({ type, ...fields, extra: random.pick([1, 'x', null]) })
  }

  /** Something that cannot be read, whatever became of its parts, is told by its size or depth alone. */
  private plain(json: string): Attempt {
    const tooLarge = Buffer.byteLength(json) > 65_536
    const kind = 'ping'
    const bytes = encodeFrame({ payload: text(json) }, this.random)
    return { kind, bytes, answers: 1, ends: tooLarge ? 'must' : 'maybe', text: json }
  }

  private anyType(): FrameType {
    return this.random.pick(FRAME_TYPES)
  }

  valid(type: FrameType): Record<string, unknown> {
    // so that not everything is deleted soon
    const aims = type === 'message.delete' ? this.places.slice(0, 40) : this.places
    const hints = this.hints(this.random.pick(aims))
    return example(SCHEMAS[type], this.random, hints) as Record<string, unknown>
  }

  private hints(place: Target): Hints {
    const now = Date.now()
    return (field, random) => {
      switch (field) {
        case 'channel_id':
        case 'key':
          return random.chance(0.9) ? place.channelId : random.pick(['vault', 'nowhere'])
        case 'client_msg_id':
          return this.commandId()
        case 'first_try_ts':
          return random.chance(0.95) ? now : random.pick([0, now + 3_600_000])
        case 'target_seq':
        case 'seq':
          return random.chance(0.9) ? place.seq : random.between(1, 60)
        case 'target_message_id':
        case 'message_id':
          return random.chance(0.9) ? place.messageId : 'another'
        case 'epoch':
          return random.chance(0.8) ? 1 : random.between(2, 4)
        case 'ref':
          return `r${++this.made}`
        case 'token':
          return this.token()
        case 'metadata':
          return random.chance(0.5) ? { a: oddValue(random) } : { b: [1, { c: 'é' }] }
        default:
          return undefined
      }
    }
  }

  private commandId(): string {
    const { random, sentIds } = this
    if (sentIds.length > 0 && random.chance(0.2)) return random.pick(sentIds)
    const id = `${this.userId}-${random.below(0xffff_ffff).toString(36)}-${++this.made}`
    if (sentIds.length < 200) sentIds.push(id)
    return id
  }

  private token(): string {
    const { random, target } = this
    if (random.chance(0.8)) return target.tokenOf(this.userId)
    return random.chance(0.5) ? target.tokenOf('somebody-else') : 'no-token'
  }
}
