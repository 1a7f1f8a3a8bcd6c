import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const installed = '/usr/bin/chromium'

/** The browser of these tests. Where there is none, the tests fail and say what to do. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env.TIDINGS_CHROMIUM ?? installed
  try {
    accessSync(executablePath, constants.X_OK)
  } catch (cause) {
    throw new Error(
      `The browser tests need Chromium, and ${executablePath} cannot be run. Install Chromium, or name one: TIDINGS_CHROMIUM=/path/to/chromium npm test`,
      { cause },
    )
  }
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}
