import type { ClientFrame } from '@tidings/protocol'
import type { Tab } from '../run/tabs.js'
import type { World } from '../run/world.js'

/** P-82: a command is stored, with the time of its first try, before it goes on the wire; so it survives the page. */
export function checkSent({ violations }: World, tab: Tab, text: string): void {
  if (!tab.browser.isReliable || !text.includes('"first_try_ts"')) return
  const parsed: unknown = JSON.parse(text)
  for (const frame of (Array.isArray(parsed) ? parsed : [parsed]) as ClientFrame[]) {
    if (!('client_msg_id' in frame)) continue
    const row = tab.browser.stored(frame.client_msg_id)
    if (row !== undefined && row.firstTryTs === frame.first_try_ts) continue
    const rule = 'a command was written before it was stored'
    violations.add('I9', rule, `t${tab.index} ${frame.type} ${frame.client_msg_id}`)
  }
}
