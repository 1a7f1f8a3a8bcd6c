import type { Fault } from '../faults/fault.js'
import { options } from './arguments.js'

const { clients, channels, from, out } = options

export const help = `Faults on a real cluster on this machine: 2 api processes, 3 gateways and 2 sequencers behind a load balancer,
over three Kafka brokers, three Cassandra nodes, Redis and PostgreSQL. SDK clients in processes of their own send all
the time; a checker that shares no code with the server compares what was acknowledged, stored and shown.

Usage: npm run chaos -- [options]

  --minutes N    goes through the faults again and again for so long (default: each once)
  --seed N       their order, and whom they hit (default: another one each time; the report names it)
  --faults A,B   only these (default: all)
  --list         shows all faults, with the goals for how long they may interrupt
  --clients N    SDK clients, in two processes (default ${clients.default})
  --channels N   channels, each with all of them as members (default ${channels.default})
  --from WHAT    run what was built, or TypeScript: build or source (default ${from.default})
  --out FOLDER   where the report is written (default ${out.default})

The exit code is 0 when nothing acknowledged was lost, nothing was shown twice or out of order, and the cluster came
back from every fault. A goal for an interruption that is missed is printed, and is no failure: machines differ.

It takes about 6 GB of memory. Nothing outlives it; Ctrl-C ends it at once.
`

/** One line for each, and what its interruption may be. */
export const listOf = (faults: readonly Fault[]): string =>
  faults.map((fault) => `${fault.name.padEnd(32)}${fault.title} (${goalsOf(fault)})`).join('\n')

/** In words: `sending and delivering 8 s`. */
export function goalsOf({ goals }: Pick<Fault, 'goals'>): string {
  const { sendingMs, deliveringMs, clientMs } = goals
  const say = (what: string, ms: number | undefined) =>
    ms === undefined ? [] : [`${what} ${ms === 0 ? 'not at all' : `${ms / 1_000} s`}`]
  const said =
    sendingMs === deliveringMs
      ? [...say('sending and delivering', sendingMs), ...say('its clients', clientMs)]
      : [
          ...say('sending', sendingMs),
          ...say('delivering', deliveringMs),
          ...say('its clients', clientMs),
        ]
  return said.length === 0 ? 'no goal' : said.join(', ')
}
