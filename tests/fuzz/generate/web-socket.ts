import type { Random } from '../random.js'
import { encodeFrame, encodePieces, type RawFrame } from '../wire/encode.js'
import type { Attempt } from './attempt.js'

const FORMS = {
  pieces: 5,
  control: 4,
  betweenPieces: 3,
  manyPieces: 0.5,
  badOpcode: 0.5,
  notMasked: 0.5,
  reservedBits: 0.5,
  longControl: 0.5,
  controlInPieces: 0.5,
  continuesNothing: 0.5,
  beginsTwice: 0.5,
  huge: 0.5,
  cutLetter: 0.5,
  bytes: 0.5,
  badClose: 0.5,
  close: 0.3,
  unfinished: 1,
} as const

/** Frames of the WebSocket protocol in every form but the usual one. */
export function webSocketTrouble(random: Random, valid: () => object): Attempt {
  const json = (): string => JSON.stringify(valid())
  const of = (bytes: Buffer, answers: number, ends: Attempt['ends']): Attempt => ({
    kind: 'websocket',
    bytes,
    answers,
    ends,
  })
  const frame = (raw: Partial<RawFrame>): Buffer =>
    encodeFrame({ payload: Buffer.from(json()), ...raw }, random)
  const broken = (raw: Partial<RawFrame>): Attempt => of(frame(raw), 0, 'must')
  const control = (): Buffer =>
    frame({ payload: random.bytes(random.below(126)), opcode: random.pick([9, 10]) })

  switch (random.weighted(FORMS)) {
    case 'pieces':
      return of(Buffer.concat(encodePieces(json(), random.between(2, 20), random)), 1, 'never')
    case 'control':
      return of(control(), 0, 'never')
    case 'betweenPieces': {
      const pieces = encodePieces(json(), random.between(2, 6), random)
      return of(Buffer.concat(pieces.flatMap((piece) => [control(), piece])), 1, 'never')
    }
    case 'manyPieces':
      return of(Buffer.concat(encodePieces(json(), random.between(80, 200), random)), 0, 'must')
    case 'badOpcode':
      return broken({ opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) })
    case 'notMasked':
      return broken({ masked: false })
    case 'reservedBits':
      return broken({ reserved: random.between(1, 7) })
    case 'longControl':
      return broken({ payload: random.bytes(random.between(126, 400)), opcode: 9 })
    case 'controlInPieces':
      return broken({ payload: Buffer.from('x'), opcode: 9, fin: false })
    case 'continuesNothing':
      return broken({ opcode: 0 })
    case 'beginsTwice':
      return of(Buffer.concat([frame({ fin: false }), frame({})]), 0, 'must')
    case 'huge':
      return broken({ statedLength: random.pick([65_537, 2 ** 31, 2 ** 40, 2 ** 53]) })
    case 'cutLetter':
      return of(
        Buffer.concat([
          frame({ payload: Buffer.from([0xe6, 0xbc]), fin: false }),
          frame({ payload: Buffer.from('x'), opcode: 0 }),
        ]),
        0,
        'must',
      )
    case 'bytes':
      // may be the beginning of a frame that waits for its end
      return { ...of(random.bytes(random.between(1, 300)), 0, 'maybe'), leaves: true }
    case 'badClose':
      return broken({
        payload: random.pick([
          Buffer.from([3]),
          Buffer.from([0, 0]),
          Buffer.from([3, 238]),
          Buffer.from([0xff, 0xff]),
          Buffer.from([3, 232, 0xff, 0xfe]),
        ]),
        opcode: 8,
      })
    case 'close':
      return { ...broken({ payload: Buffer.from([3, 232]), opcode: 8 }), leaves: true }
    case 'unfinished': {
      const whole = frame({})
      return {
        ...of(whole.subarray(0, random.between(1, whole.length - 1)), 0, 'never'),
        leaves: true,
      }
    }
  }
}
