import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient, type Message } from '@tidings/sdk'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createShop } from './app.ts'

describe('a shop with a chat inside', () => {
  let dataDir: string
  let shop: Awaited<ReturnType<typeof createShop>>
  let address: string
  let ada: Client

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'tidings-shop-'))
    shop = await createShop({ dataDir })
    await shop.app.listen({ port: 0, host: '127.0.0.1' })
    address = `127.0.0.1:${(shop.app.server.address() as AddressInfo).port}`
    ada = createClient({
      url: `ws://${address}/chat/v1/ws`,
      getToken: () => 'session-of-ada',
      storage: 'memory',
    })
  })
  afterAll(async () => {
    await ada?.close()
    await shop?.app.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const order = (id: string) => fetch(`http://${address}/orders/${id}`, { method: 'POST' })
  const read = (path: string, session: string) =>
    fetch(`http://${address}/chat/v1/${path}`, { headers: { authorization: `Bearer ${session}` } })

  it('keeps its own pages', async () => {
    const front = await fetch(`http://${address}/`)
    expect(await front.json()).toEqual({ shop: 'open', chat: '/chat/v1/openapi.json' })
    expect((await fetch(`http://${address}/chat/v1/openapi.json`)).status).toBe(200)
  })

  it('opens a channel for an order, and thanks in it, once however often it is asked', async () => {
    expect((await order('1')).status).toBe(201)
    expect((await order('1')).status).toBe(201)
    const page = await read('channels/order-1/messages?only=messages', 'session-of-ada')
    const { data } = (await page.json()) as { data: { messages: { text: string }[] } }
    expect(data.messages.map(({ text }) => text)).toEqual(['Thank you for order 1.'])
  })

  it('shows an order’s channel to nobody else', async () => {
    await order('2')
    expect((await read('channels/order-2/messages', 'session-of-nobody')).status).toBe(401)
    expect((await read('channels/order-2/messages', 'session-of-shop')).status).toBe(200)
  })

  it('talks with the buyer over the SDK', async () => {
    await order('3')
    const channel = ada.channel('order-3')
    const heard: Message[] = []
    channel.on('message', (message) => heard.push(message))
    await channel.ready()
    await channel.send('When does it come?')
    await shop.tidings.admin.send({ channelId: 'order-3', userId: 'shop', text: 'On Tuesday.' })
    await vi.waitFor(() =>
      expect(heard.slice(-2).map(({ userId, text }) => `${userId}: ${text}`)).toEqual([
        'ada: When does it come?',
        'shop: On Tuesday.',
      ]),
    )
  })

  it('refuses card numbers by its own rule, with its own words', async () => {
    await order('4')
    const sending = ada.channel('order-4').send('My card is 4111111111111111')
    await expect(sending).rejects.toMatchObject({
      name: 'TidingsError',
      outcome: 'rejected',
      message: expect.stringContaining('Please do not send card numbers.'),
    })
  })
})
