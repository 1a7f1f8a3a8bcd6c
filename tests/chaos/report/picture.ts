import { lengthOf } from '../measure/gaps.js'
import type { FaultResult, RunResult } from './result.js'

/** A run as one drawing: what was acknowledged and shown over time, faults as bands, the worst gaps marked. */
const WIDTH_MIN = 1_100
const PX_PER_S = 3
const LEFT = 64
const RIGHT = 24
const PLOT_HEIGHT = 150
const TOP = 208
const BETWEEN = 44
const FONT = 'font-family="system-ui, sans-serif"'

interface Plot {
  readonly title: string
  readonly color: string
  readonly perSecond: ReadonlyMap<number, number>
  readonly worst: (result: FaultResult) => FaultResult['interruption']['sendingWorst']
}

export function pictureOf(result: RunResult): string {
  const { fromMs, toMs, faults, ackedPerSecond, shownPerSecond } = result
  const width = Math.max(WIDTH_MIN, LEFT + RIGHT + ((toMs - fromMs) / 1_000) * PX_PER_S)
  const x = (atMs: number): number =>
    LEFT + ((atMs - fromMs) / Math.max(1, toMs - fromMs)) * (width - LEFT - RIGHT)
  const plots: readonly Plot[] = [
    {
      title: 'acknowledged sends per second',
      color: '#1f6f8b',
      perSecond: ackedPerSecond,
      worst: ({ interruption }) => interruption.sendingWorst,
    },
    {
      title: 'messages shown for the first time, per second',
      color: '#3a7d44',
      perSecond: shownPerSecond,
      worst: ({ interruption }) => interruption.deliveringWorst,
    },
  ]
  const bottom = TOP + plots.length * (PLOT_HEIGHT + BETWEEN)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${bottom + 40}" viewBox="0 0 ${round(width)} ${bottom + 40}">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...faults.map((fault) => band(fault, x, bottom)),
    ...plots.flatMap((plot, index) => [
      ...drawn(plot, TOP + index * (PLOT_HEIGHT + BETWEEN), x, result, width),
      ...faults.map((fault) => mark(plot.worst(fault), TOP + index * (PLOT_HEIGHT + BETWEEN), x)),
    ]),
    ...ticks(fromMs, toMs, x, bottom),
    '</svg>',
    '',
  ].join('\n')
}

function band({ fault, interruption }: FaultResult, x: (ms: number) => number, bottom: number) {
  const { fromMs, toMs } = interruption.window
  const from = x(fromMs)
  return [
    `<rect x="${round(from)}" y="${TOP - 8}" width="${round(x(toMs) - from)}" height="${bottom - TOP - BETWEEN + 16}" fill="#d9822b" opacity="0.13"/>`,
    `<text x="${round(from + 4)}" y="${TOP - 14}" transform="rotate(-50 ${round(from + 4)} ${TOP - 14})" ${FONT} font-size="11" fill="#7a4510">${escaped(fault.name)}</text>`,
  ].join('\n')
}

function drawn(
  { title, color, perSecond }: Plot,
  top: number,
  x: (ms: number) => number,
  { fromMs, toMs }: RunResult,
  width: number,
): readonly string[] {
  const first = Math.ceil(fromMs / 1_000)
  const seconds = Array.from(
    { length: Math.max(0, Math.floor(toMs / 1_000) - first) },
    (_, i) => first + i,
  )
  const values = seconds.map((second) => perSecond.get(second) ?? 0)
  const most = niceAbove(Math.max(1, ...values))
  const y = (value: number): number => top + PLOT_HEIGHT * (1 - value / most)
  const points = seconds.map(
    (second, i) => `${round(x(second * 1_000 + 500))},${round(y(values[i] ?? 0))}`,
  )
  const lines = [0, most / 2, most].map(
    (value) =>
      `<line x1="${LEFT}" x2="${round(width - RIGHT)}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="#dddddd"/>` +
      `<text x="${LEFT - 8}" y="${round(y(value) + 4)}" text-anchor="end" ${FONT} font-size="11" fill="#555555">${value}</text>`,
  )
  return [
    ...lines,
    `<text x="${LEFT}" y="${top + PLOT_HEIGHT + 16}" ${FONT} font-size="12" fill="${color}">${escaped(title)}</text>`,
    `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="1.5" stroke-linejoin="round"/>`,
  ]
}

/** The worst channel's gap: a bar as long as it lasted, with its length. */
function mark(
  gap: FaultResult['interruption']['sendingWorst'],
  top: number,
  x: (ms: number) => number,
): string {
  const [from, to] = [x(gap.fromMs), x(gap.toMs)]
  return [
    `<line x1="${round(from)}" x2="${round(Math.max(to, from + 1))}" y1="${top + 6}" y2="${top + 6}" stroke="#b3261e" stroke-width="4"/>`,
    `<text x="${round((from + to) / 2)}" y="${top}" text-anchor="middle" ${FONT} font-size="10" fill="#b3261e">${(lengthOf(gap) / 1_000).toFixed(1)} s</text>`,
  ].join('\n')
}

function ticks(
  fromMs: number,
  toMs: number,
  x: (ms: number) => number,
  bottom: number,
): readonly string[] {
  const stepMs = niceAbove((toMs - fromMs) / 1_000 / 12) * 1_000
  const count = Math.floor((toMs - fromMs) / stepMs) + 1
  return Array.from({ length: count }, (_, i) => {
    const at = round(x(fromMs + i * stepMs))
    return `<text x="${at}" y="${bottom + 8}" text-anchor="middle" ${FONT} font-size="11" fill="#555555">${(i * stepMs) / 1_000} s</text>`
  })
}

/** 1, 2 or 5 and zeros. */
export function niceAbove(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(Math.max(value, 1)))
  return ten * ([1, 2, 5, 10].find((one) => one * ten >= value) ?? 10)
}

const round = (value: number): string => value.toFixed(1)
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
