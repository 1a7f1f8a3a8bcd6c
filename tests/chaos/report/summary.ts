import { lengthOf } from '../measure/gaps.js'
import { verdictsOf } from './judge.js'
import type { FaultResult, RunResult } from './result.js'

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`

/** One fault in one line. */
export function lineOf(result: FaultResult): string {
  const { fault, interruption, steady } = result
  const { sending, sendingWorst, delivering, deliveringWorst, clientWorst, slowestSend } =
    interruption
  const goals = verdictsOf(result).map(
    ({ what, goalMs, isMet }) =>
      `${what} ${goalMs === 0 ? 'not at all' : seconds(goalMs)} ${isMet ? 'met' : 'MISSED'}`,
  )
  return [
    `${fault.name}: sending ${seconds(lengthOf(sending))}, worst channel ${seconds(lengthOf(sendingWorst))} (steady ${seconds(lengthOf(steady.sendingWorst))})`,
    `delivering ${seconds(lengthOf(delivering))}, worst channel ${seconds(lengthOf(deliveringWorst))} (steady ${seconds(lengthOf(steady.deliveringWorst))})`,
    `worst client ${seconds(lengthOf(clientWorst))} (steady ${seconds(lengthOf(steady.clientWorst))})`,
    `slowest send ${seconds(lengthOf(slowestSend))} (steady ${seconds(lengthOf(steady.slowestSend))})`,
    `goal: ${goals.length === 0 ? 'none' : goals.join(', ')}`,
  ].join('; ')
}

/** The whole run in a few lines. */
export function summaryOf({ faults, judgements, failure, fromMs, toMs }: RunResult): string {
  const sum = (of: (one: (typeof judgements)[number]) => number) =>
    judgements.reduce((total, one) => total + of(one), 0)
  const violations = judgements.flatMap((one) => one.violations)
  return [
    ...faults.map(lineOf),
    `${faults.length} faults in ${seconds(toMs - fromMs)}; ${
      judgements.length === 0
        ? 'nothing was checked'
        : `${sum(({ acked }) => acked)} acknowledged, ${sum(({ stored }) => stored)} stored, ${sum(({ shown }) => shown)} shown; ${violations.length} lost, doubled or out of order`
    }`,
    ...violations.slice(0, 20).map(({ what, detail }) => `  ${what}: ${detail}`),
    ...(failure === undefined ? [] : [`It could not go on: ${failure}`]),
  ].join('\n')
}
