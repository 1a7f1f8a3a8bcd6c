import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { expect, vi } from 'vitest'

const artifacts = fileURLToPath(new URL('../artifacts', import.meta.url))
/** How long something may take that the network has to do: the SDK waits up to 30 s to try again. */
export const patience = { timeout: 45_000, interval: 50 }

/** Waits until what is read is as expected. */
export const eventually = <T>(read: () => Promise<T>, expected: T): Promise<void> =>
  vi.waitFor(async () => expect(await read()).toEqual(expected), patience)

/** The chat as its user has it before them: found by what is said on it, not by its insides. */
export class ChatPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: /^Message to / })
  }

  get networkSwitch(): Locator {
    return this.page.getByRole('switch', { name: 'Cut the network' })
  }

  get status(): Locator {
    return this.page.locator('.status-text')
  }

  /** Types a name, and waits until everything that was said is there. */
  async comeIn(url: string, name: string): Promise<void> {
    await this.page.goto(url)
    await this.page.getByLabel('Your name').fill(name)
    await this.page.getByRole('button', { name: 'Come in' }).click()
    await this.isUpToDate()
  }

  isUpToDate(): Promise<void> {
    return this.says('Up to date')
  }

  says(status: string): Promise<void> {
    return eventually(() => this.status.textContent(), status)
  }

  /** Waits until the page itself can be opened without a server. */
  async isKeptOffline(): Promise<void> {
    const kept = () =>
      this.page.evaluate(async () => {
        const requests = await Promise.all(
          (await caches.keys()).map(async (name) => (await caches.open(name)).keys()),
        )
        const paths = requests.flat().map(({ url }) => new URL(url).pathname)
        return paths.includes('/') && paths.some((path) => path.endsWith('.js'))
      })
    await eventually(kept, true)
  }

  /** Is connected again, without waiting for the moment of the next attempt. */
  async comesBack(): Promise<void> {
    const tryNow = this.page.getByRole('button', { name: 'Try now' })
    await vi.waitFor(async () => {
      if (await tryNow.isVisible()) await tryNow.click({ timeout: 500 }).catch(() => {})
      expect(await this.status.textContent()).toBe('Up to date')
    }, patience)
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
  }

  /** Texts as they are, code unit by code unit, in the order of the timeline. */
  texts(status: 'sent' | 'pending' | 'failed' = 'sent'): Promise<string[]> {
    return this.page
      .locator(`.row[data-status="${status}"] .text`)
      .evaluateAll((all) => all.map((element) => element.textContent ?? ''))
  }

  /** Waits until these are the newest stored messages, and returns all of them. */
  async hasReceived(...texts: string[]): Promise<string[]> {
    await eventually(async () => (await this.texts()).slice(-texts.length), texts)
    return this.texts()
  }

  hasPending(...texts: string[]): Promise<void> {
    return eventually(() => this.texts('pending'), texts)
  }

  /** The message with this text, and what belongs to it. */
  message(text: string): Locator {
    return this.page.locator('.message', { has: this.page.locator('.text', { hasText: text }) })
  }

  /** A picture of the page for whoever looks at the run. */
  async picture(name: string): Promise<void> {
    mkdirSync(artifacts, { recursive: true })
    await this.page.screenshot({ path: `${artifacts}/${name}.png` })
  }
}
