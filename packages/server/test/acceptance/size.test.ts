import { describe, expect, it } from 'vitest'
import { createWorld } from './world.js'

describe('sizes', () => {
  it('[P-27] a lower limit of this server holds, in units and in bytes', async () => {
    const world = createWorld({ options: { textMaxUnits: 5, textMaxBytes: 6 } })
    expect(await world.submitOne(world.send({ text: '12345' }))).toEqual({ status: 'appended' })
    expect(await world.submitOne(world.send({ text: '123456' }))).toMatchObject({
      code: 'msg_too_long',
    })
    expect(await world.submitOne(world.send({ text: '€€€' }))).toMatchObject({
      code: 'msg_too_long',
    })
  })

  it('[P-27] a higher limit than the protocol has is not taken', async () => {
    const world = createWorld({ options: { textMaxUnits: 1_000_000 } })
    expect(await world.submitOne(world.send({ text: 'x'.repeat(10_001) }))).toMatchObject({
      code: 'msg_too_long',
    })
  })

  it('[P-27] refuses a command whose escapes grow above 60 KiB', async () => {
    const world = createWorld()
    const metadata = { pad: '\u0001'.repeat(600) }
    const text = '\u0001'.repeat(9_700)
    expect(await world.submitOne(world.send({ text }))).toEqual({ status: 'appended' })
    expect(await world.submitOne(world.send({ text, metadata }))).toMatchObject({
      code: 'msg_too_long',
    })
  })
})
