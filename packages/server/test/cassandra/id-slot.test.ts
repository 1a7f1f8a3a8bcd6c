import { describe, expect, it } from 'vitest'
import { idInSlot, idSlot } from '../../src/adapters/cassandra/store/id-slot.js'

const id = (clientMsgId: string, userId = 'ada', channelId = 'c') => ({
  channelId,
  userId,
  clientMsgId,
})

describe('R11: the partition of an id, fixed for an installation', () => {
  it('is that of the four seconds in which a UUIDv7 was made, in its channel', () => {
    expect(idSlot(id('019aa8b1-2c3d-7000-8000-0123456789ab'))).toBe('c\n019aa8b1-2')
    expect(idSlot(id('019aa8b1-2fff-7fff-bfff-ffffffffffff', 'bob'))).toBe('c\n019aa8b1-2')
    expect(idSlot(id('019aa8b1-3000-7000-8000-000000000000'))).toBe('c\n019aa8b1-3')
    expect(idSlot(id('019aa8b1-2c3d-7000-8000-0123456789ab', 'ada', 'd'))).toBe('d\n019aa8b1-2')
  })

  it.each([
    'client-1',
    '019AA8B1-2C3D-7000-8000-0123456789AB',
    '019aa8b1-2c3d-4000-8000-0123456789ab',
    '019aa8b1-2c3d-7000-c000-0123456789ab',
    '019aa8b1-2c3d-7000-8000-0123456789ab ',
    '~019aa8b1-2c3d-7000-8000-0123456789ab',
  ])('is the whole id for anything else: %s', (clientMsgId) => {
    expect(idSlot(id(clientMsgId))).toBe(`c\nada\n${clientMsgId}`)
  })

  it('holds each id under a name of its own', () => {
    expect(idInSlot(id('1', 'ada'))).not.toBe(idInSlot(id('1', 'bob')))
    expect(idInSlot(id('1', 'ada'))).not.toBe(idInSlot(id('2', 'ada')))
  })
})
