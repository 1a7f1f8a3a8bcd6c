// The browser of the browser tests: one that is named, one that is installed, or Debian's.
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { StepFailed, step } from './steps.mjs'

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
]
const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]
const emojiFont = '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf'

/** The path of a Chromium, installed first where this may be done. */
export async function ensureChromium() {
  const named = process.env.TIDINGS_CHROMIUM ?? process.env.CHROMIUM_PATH
  if (named) {
    if (isExecutable(named)) return named
    throw new StepFailed(`TIDINGS_CHROMIUM or CHROMIUM_PATH names ${named}, which cannot be run.`)
  }
  const mayInstall = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (mayInstall && !(installedChromium() && existsSync(emojiFont))) await installOnDebian()
  const found = installedChromium()
  if (found) return found
  throw new StepFailed(
    'The browser tests need Chromium, Chrome or Edge. Install one, or name it in TIDINGS_CHROMIUM=/path/to/it.',
  )
}

async function installOnDebian() {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await step('Updating the list of Debian packages', 'apt-get', ['update', '-q'], { env })
  const packages = ['chromium', 'fonts-noto-color-emoji']
  await step('Installing Chromium', 'apt-get', ['install', '-y', '-q', ...packages], { env })
}

function installedChromium() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const commands = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  return [...commands, ...applications].find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
