import { goalsOf } from '../command/help.js'
import { lengthOf } from '../measure/gaps.js'
import { verdictsOf } from './judge.js'
import type { FaultResult, RunResult } from './result.js'
import { seconds } from './summary.js'

/** The machine on which everything ran. */
export interface Machine {
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
}

/** The report of a run, for people; `picture` is the name of the drawing beside it. */
export function markdownOf(result: RunResult, machine: Machine, picture: string): string {
  const { seed, fromMs, toMs, faults, judgements, failure } = result
  const sum = (of: (one: (typeof judgements)[number]) => number) =>
    judgements.reduce((total, one) => total + of(one), 0)
  const violations = judgements.flatMap((one) => one.violations)
  const verdicts = faults.flatMap(verdictsOf)
  const missed = verdicts.filter(({ isMet }) => !isMet).length
  return [
    '# Faults on a cluster under load',
    '',
    `Seed ${seed}, ${faults.length} faults in ${minutes(toMs - fromMs)}, begun ${new Date(fromMs).toISOString()}, on ${machine.cores} cores with ${machine.memoryGiB} GiB, everything on this one machine, Node ${machine.node}.`,
    '',
    `**${violations.length === 0 && failure === undefined ? 'Nothing acknowledged was lost, nothing was shown twice or out of order.' : 'It failed.'}** ${sum(({ acked }) => acked)} sends were acknowledged, ${sum(({ stored }) => stored)} messages are stored, ${sum(({ shown }) => shown)} were shown to clients, in ${judgements.length} rounds. ${verdicts.length - missed} of ${verdicts.length} goals for the length of an interruption were met.`,
    '',
    ...(failure === undefined ? [] : [`It could not go on: ${failure}`, '']),
    ...violations.slice(0, 100).map(({ what, detail }) => `- ${what}: ${detail}`),
    ...(violations.length === 0 ? [] : ['']),
    `![Acknowledged and shown messages over time](${picture})`,
    '',
    'Bands are faults, from the first stroke until messages flow everywhere again. Red is the gap of the channel that was interrupted longest.',
    '',
    '| fault | sending: all, worst channel | delivering: all, worst channel | worst client | slowest send | before it: sending, delivering, client, send | goal |',
    '|---|---|---|---|---|---|---|',
    ...faults.map(row),
    '',
    'Each is the longest time without an ack, without a first showing of a message, or without anything shown to one client; “before it” are the same of the quiet seconds before, in the worst channel. “Not at all” is met when it is at most twice that.',
    '',
    '## What was done',
    '',
    ...faults.flatMap(story),
    '',
  ].join('\n')
}

function row(result: FaultResult): string {
  const { fault, interruption: now, steady } = result
  const verdicts = verdictsOf(result)
  const goal = verdicts.length === 0 ? 'none' : `${goalsOf(fault)}: ${judged(result)}`
  return `| ${[
    fault.name,
    `${seconds(lengthOf(now.sending))}, ${seconds(lengthOf(now.sendingWorst))}`,
    `${seconds(lengthOf(now.delivering))}, ${seconds(lengthOf(now.deliveringWorst))}`,
    seconds(lengthOf(now.clientWorst)),
    seconds(lengthOf(now.slowestSend)),
    `${seconds(lengthOf(steady.sendingWorst))}, ${seconds(lengthOf(steady.deliveringWorst))}, ${seconds(lengthOf(steady.clientWorst))}, ${seconds(lengthOf(steady.slowestSend))}`,
    goal,
  ].join(' | ')} |`
}

function judged(result: FaultResult): string {
  const missed = verdictsOf(result).filter(({ isMet }) => !isMet)
  return missed.length === 0 ? 'met' : `**missed** (${missed.map(({ what }) => what).join(', ')})`
}

function story({ fault, told, interruption }: FaultResult): readonly string[] {
  const { fromMs } = interruption.window
  const at = (ms: number) => seconds(ms - fromMs)
  const { sendingWorst, deliveringWorst, slowestSend } = interruption
  return [
    `- **${fault.name}**: ${fault.title}. ${told.map(({ atMs, what }) => `${at(atMs)} ${what}`).join(', ')}. No ack in ${sendingWorst.name} from ${at(sendingWorst.fromMs)} to ${at(sendingWorst.toMs)}, nothing shown of ${deliveringWorst.name} from ${at(deliveringWorst.fromMs)} to ${at(deliveringWorst.toMs)}; the slowest send was that of ${slowestSend.name}, from ${at(slowestSend.fromMs)} to ${at(slowestSend.toMs)}.`,
  ]
}

const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} minutes`
