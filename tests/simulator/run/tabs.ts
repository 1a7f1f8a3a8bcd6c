import type { Plan } from '../plan/steps.js'
import { Browser } from '../world/browser.js'
import type { Life } from '../world/life.js'
import { Random } from '../world/random.js'
import type { Coverage } from './coverage.js'
import { userName } from './names.js'

/** A place where a client runs: one after the other, on the same machine. */
export interface Tab {
  readonly index: number
  readonly userId: string
  readonly browser: Browser
  readonly lives: Life[]
  /** Nothing reaches it or leaves it. */
  isOffline: boolean
  latencyMs: number
  /** Somebody is about to open it again. */
  isReturning: boolean
  /** Nobody opens it. */
  readonly isAbsent: boolean
}

/** The tabs of a plan, those of one machine with what it keeps. */
export function makeTabs({ seed, setting, absentTabs = [] }: Plan, coverage: Coverage): Tab[] {
  const browsers = new Map<number, Browser>()
  return setting.tabs.map(({ user, browser: machine }, index) => {
    const browser = browsers.get(machine) ?? new Browser(new Random(seed, `browser ${machine}`))
    browsers.set(machine, browser)
    browser.onWriteFailed = () => coverage.hit('disk_failed')
    browser.onAdopted = (rows) => coverage.hit('rows_adopted', rows)
    return {
      index,
      userId: userName(user),
      browser,
      lives: [],
      isOffline: false,
      latencyMs: 2,
      isReturning: false,
      isAbsent: absentTabs.includes(index),
    }
  })
}
