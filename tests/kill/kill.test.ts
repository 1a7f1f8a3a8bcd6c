import { describe, expect, it } from 'vitest'
import { check } from './checker.js'
import { killAgainAndAgain } from './run.js'
import { killsOfRun as kills } from './target.js'

/** There has to be something to lose. */
const ACKNOWLEDGED_PER_KILL = 20

describe('a server process', () => {
  it(`I1, I2, I3, I9, [P-49]: is killed ${kills} times under 20 clients that send all the time, and nothing acknowledged is lost, doubled or out of order`, async () => {
    const killed: string[] = []
    const { rows, lines, inFlight } = await killAgainAndAgain({
      kills,
      acknowledgedPerKill: ACKNOWLEDGED_PER_KILL,
      random: Math.random,
      onKill: (_, name) => killed.push(name),
    })
    const acked = lines.filter((line) => line.kind === 'acked')
    console.log(
      `killed ${killed.join(', ')}; ${inFlight.filter((count) => count > 0).length} of them with sends in flight; ${acked.length} acknowledged, ${rows.length} stored, ${lines.filter((line) => line.kind === 'shown').length} shown`,
    )
    expect(check(rows, lines)).toEqual([])
    expect(acked.length).toBeGreaterThan(kills * ACKNOWLEDGED_PER_KILL)
    expect(inFlight.filter((count) => count > 0).length).toBeGreaterThanOrEqual(
      Math.floor(kills * 0.84),
    )
    // nobody was left out: each of the 20 clients was shown messages of each of the 3 channels
    const watched = new Set(
      lines.flatMap((line) => (line.kind === 'shown' ? [`${line.client} ${line.channel}`] : [])),
    )
    expect(watched.size).toBe(20 * 3)
  }, 600_000)
})
