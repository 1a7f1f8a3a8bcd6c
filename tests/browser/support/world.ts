import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { vi } from 'vitest'
import { type Chat, newChat } from './chat.js'
import { ChatPage } from './chat-page.js'
import { launchChromium } from './chromium.js'

/** A browser on a busy machine takes its time. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 })

const actionTimeoutMs = 20_000

export const sizes = {
  narrow: { width: 390, height: 844 },
  wide: { width: 1280, height: 800 },
} as const

/** A server and a browser; each user has a browser profile of their own. */
export class World {
  readonly server: Chat
  readonly #browser: Browser
  /** What pages threw, or reported as an error: there must be none. */
  readonly faults: string[] = []

  private constructor(server: Chat, browser: Browser) {
    this.server = server
    this.#browser = browser
  }

  static async open(given?: Chat): Promise<World> {
    const server = given ?? (await newChat())
    const [browser] = await Promise.all([launchChromium(), server.start()])
    return new World(server, browser)
  }

  async context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.#browser.newContext({ viewport: sizes.wide, ...options })
    context.setDefaultTimeout(actionTimeoutMs)
    context.on('weberror', (error) => this.faults.push(String(error.error())))
    return context
  }

  /** Another window of a profile. */
  async window(context: BrowserContext): Promise<ChatPage> {
    return new ChatPage(await context.newPage())
  }

  /** A user in a profile of their own, who has come in. */
  async user(name: string, options?: BrowserContextOptions): Promise<ChatPage> {
    const chat = await this.window(await this.context(options))
    await chat.comeIn(this.server.url, name)
    return chat
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.server.remove()
  }
}
