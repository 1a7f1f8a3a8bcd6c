import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Program } from './program.js'

describe('the shop with a chat inside, by its command', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-shop-command-'))
  const programs: Program[] = []
  const open = (port: string, dataDir = join(folder, 'data')): Program => {
    const shop = new Program(['examples/embed-fastify/main.ts'], { PORT: port, DATA_DIR: dataDir })
    programs.push(shop)
    return shop
  }
  afterAll(async () => {
    await Promise.all(programs.map((program) => program.end()))
    rmSync(folder, { recursive: true, force: true })
  })

  it('opens, takes an order, says what it cannot take, and closes', async () => {
    const shop = open('0')
    await shop.says(/The shop is open at http:\/\/127\.0\.0\.1:[1-9]/)
    const address = /http:\S+(?=\/\n)/.exec(shop.out)?.[0] ?? ''
    const order = (id: string) => fetch(`${address}/orders/${id}`, { method: 'POST' })
    expect((await order('7')).status).toBe(201)
    expect((await order('a%20b')).status).toBe(400)
    expect((await order('x'.repeat(100))).status).toBe(400)

    const { port } = new URL(address)
    const onItsPort = open(port, join(folder, 'other'))
    expect(await onItsPort.ended).toBe(1)
    expect(onItsPort.err).toBe(
      `The shop cannot open: port ${port} is taken. Name another one with PORT.\n`,
    )
    const onItsData = open('0')
    expect(await onItsData.ended).toBe(1)
    expect(onItsData.err).toMatch(/^The shop cannot open: .+ Stop that process, or choose another/)
    expect(onItsData.err.trim().split('\n')).toHaveLength(1)

    shop.interrupt()
    expect(await shop.ended).toBe(0)
    expect(shop.err).toBe('')
  })

  it.each(['x', '70000', '-1'])('refuses %j as a port in one sentence', async (port) => {
    const shop = open(port)
    expect(await shop.ended).toBe(1)
    expect(shop.err).toBe(
      `The shop cannot open: PORT must be a number from 0 to 65535, not “${port}”.\n`,
    )
  })
})
