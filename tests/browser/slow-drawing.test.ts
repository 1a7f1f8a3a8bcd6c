import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { World } from './support/world.js'

/**
 * Runs in the page, before any script of its own: once something is drawn, what React puts off to a turn of its own,
 * as effects, waits for `goOn()`. So it is where a busy machine has much else to do between the two.
 */
function putOffEffects(): void {
  const { postMessage } = MessagePort.prototype
  const waiting: MessagePort[] = []
  let holds = true
  MessagePort.prototype.postMessage = function (this: MessagePort, message: unknown) {
    if (holds && document.querySelector('.status-text')) waiting.push(this)
    else postMessage.call(this, message)
  }
  Object.assign(globalThis, {
    goOn() {
      holds = false
      for (const port of waiting) postMessage.call(port, null)
    },
  })
}

describe('a page that is slow to draw', () => {
  let world: World

  beforeAll(async () => {
    world = await World.open()
  })
  afterAll(async () => {
    await world?.close()
  })

  it('says that it is connected, also when that came about while it was drawing', async () => {
    const context = await world.context()
    await context.addInitScript(putOffEffects)
    const chat = await world.window(context)
    const { page } = chat
    let connect = (): void => {}
    const drawn = new Promise<void>((resolve) => {
      connect = resolve
    })
    let logins = 0
    await page.route('**/v1/dev/login', async (route) => {
      logins += 1
      // the first one is who comes in, the second one for the connection
      if (logins > 1) await drawn
      await route.continue()
    })
    await page.goto(world.server.url)
    await page.getByLabel('Your name').fill('Ada')
    const devtools = await context.newCDPSession(page)
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 6 })
    await page.getByRole('button', { name: 'Come in' }).click()
    await chat.says('Connecting…')
    const greeted = page
      .waitForEvent('websocket')
      .then((socket) => socket.waitForEvent('framereceived'))
    connect()
    await greeted
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 })
    await page.evaluate(() => (globalThis as unknown as { goOn(): void }).goOn())
    await chat.isUpToDate()
    expect(world.faults).toEqual([])
  })
})
