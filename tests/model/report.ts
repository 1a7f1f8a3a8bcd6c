import { explore } from './explore.js'
import { REAL_RULES, type Rules } from './rules.js'
import type { Bounds, Explored } from './state.js'
import { smallWorld } from './world.js'

/** Longest that one exploration may take, in milliseconds: far above what it takes on one slow core. */
export const EXPLORATION_TIMEOUT_MS = 900_000

const totals = { worlds: 0, states: 0, transitions: 0, terminal: 0 }

/** Explores one world and prints how much of it there is. */
export function exploreAndPrint(
  letters: string,
  bounds: Bounds,
  mode: 'steps' | 'whole',
  rules: Rules = REAL_RULES,
): Explored['broken'] {
  const { broken, ...counts } = explore(smallWorld(letters), bounds, mode, rules)
  totals.worlds += 1
  totals.states += counts.states
  totals.transitions += counts.transitions
  totals.terminal += counts.terminal
  const { states, transitions, terminal, stores } = counts
  console.log(
    `${letters}: ${states} distinct states, ${transitions} transitions, ${terminal} terminal, ${stores} stores`,
  )
  return broken
}

export function printTotals(): void {
  const { worlds, states, transitions, terminal } = totals
  console.log(
    `${worlds} worlds: ${states} distinct states, ${transitions} transitions, ${terminal} terminal`,
  )
}
