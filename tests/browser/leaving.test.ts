import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Client, createClient } from '@tidings/sdk'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './support/chromium.js'

/** What the page of this test has as globals. */
interface PageGlobals {
  readonly sdk: { readonly createClient: typeof createClient }
  client: Client
}

const bundleOfSdk = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { createClient } from '@tidings/sdk'`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'sdk',
    footer: { js: 'globalThis.sdk = sdk' },
    platform: 'browser',
    conditions: ['tidings-source'],
  })
  return outputFiles[0]?.text ?? ''
}

describe('a page that is left in the turn in which it sends', () => {
  let browser: Browser
  let page: Page
  let address: string
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Tidings</title>')
  })

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    browser = await launchChromium()
    page = await browser.newPage()
    await page.addInitScript(await bundleOfSdk())
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    server.close()
  })

  /** A client without a server, whose outbox is on disk. */
  const open = async (): Promise<void> => {
    await page.goto(address)
    await page.evaluate(async () => {
      const globals = globalThis as unknown as PageGlobals
      const client = globals.sdk.createClient({
        url: 'ws://127.0.0.1:1/v1/ws',
        userId: 'ada',
        getToken: () => 'token',
      })
      globals.client = client
      if (client.outbox.durability === 'disk') return
      await new Promise((resolve) => client.outbox.on('durability', resolve))
    })
  }

  it('has everything in its outbox when it comes back', async () => {
    const sent: string[] = []
    for (let round = 0; round < 5; round++) {
      await open()
      const texts = Array.from({ length: 20 }, (_, i) => `${round} ${i}`)
      const left = page.waitForURL('about:blank')
      await page.evaluate((all) => {
        const { client } = globalThis as unknown as PageGlobals
        for (const text of all) client.channel('general').send(text)
        location.href = 'about:blank'
      }, texts)
      await left
      sent.push(...texts)
    }
    await open()
    const pending = await page.evaluate(() => {
      const { client } = globalThis as unknown as PageGlobals
      return client.outbox.list().map(({ command }) => (command as { text?: string }).text)
    })
    expect(pending).toEqual(sent)
  }, 60_000)
})
