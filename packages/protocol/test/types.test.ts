import { describe, expect, expectTypeOf, it } from 'vitest'
import type * as z from 'zod/mini'
import type {
  ChannelEntry,
  ChannelEvent,
  ChannelEventType,
  ClientFrame,
  ClientFrames,
  ClientFrameType,
  CommandFrame,
  ServerFrame,
  ServerFrames,
  ServerFrameType,
} from '../src/index.js'
import { channelEvents, clientFrames, serverFrames } from '../src/schemas.js'

describe('the types of the main entry are those of the schemas', () => {
  it('for every frame, by its type', () => {
    expectTypeOf<ClientFrameType>().toEqualTypeOf<keyof typeof clientFrames>()
    expectTypeOf<ServerFrameType>().toEqualTypeOf<keyof typeof serverFrames>()
    expectTypeOf<ChannelEventType>().toEqualTypeOf<keyof typeof channelEvents>()
    expectTypeOf<ClientFrames['hello']>().toEqualTypeOf<z.infer<typeof clientFrames.hello>>()
    expectTypeOf<ServerFrames['hello_ack']['channels'][number]>().toEqualTypeOf<ChannelEntry>()
    expectTypeOf<ClientFrame['type']>().toEqualTypeOf<ClientFrameType>()
    expectTypeOf<ServerFrame['type']>().toEqualTypeOf<ServerFrameType>()
  })

  it('and narrow by it', () => {
    expectTypeOf<Extract<ServerFrame, { type: 'message.new' }>['message_id']>().toBeString()
    expectTypeOf<CommandFrame['client_msg_id']>().toBeString()
    expectTypeOf<ChannelEvent['message_count']>().toBeNumber()
    expectTypeOf<
      ServerFrames['message.backfill']['messages'][number]
    >().toEqualTypeOf<ChannelEvent>()
  })

  it.each(Object.entries({ ...clientFrames, ...serverFrames }))(
    '%s stands under the type that it has',
    (type, schema) => {
      expect([...schema.def.shape.type.def.values]).toEqual([type])
    },
  )

  it('[P-9] every event has its place: channel, number, count, epoch', () => {
    for (const schema of Object.values(channelEvents)) {
      expect(Object.keys(schema.def.shape)).toEqual(
        expect.arrayContaining(['channel_id', 'channel_seq', 'message_count', 'epoch']),
      )
    }
  })
})
