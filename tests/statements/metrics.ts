import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMetrics } from '../../packages/server/src/observe/metrics.js'
import { root } from './claims.js'

/** What tells people, or programs of ours, the names of metrics. */
const TELLING =
  '{README.md,compose.yaml,docs/**/*,deploy/**/*,decisions/**/*,packages/*/README.md,examples/**/*.{md,ts},scripts/**/*.{md,ts},bench/**/*.{md,ts}}'
const IGNORED = /(^|\/)(node_modules|dist|reports?)(\/|$)/
/** A cluster of Envoy, not a metric. */
const NO_METRICS = new Set(['tidings_gateway'])
const NAME = /\btidings_[a-z0-9_]+/g
/** What the text of a histogram adds to its name. */
const SAMPLE_OF_HISTOGRAM = /_(bucket|sum|count)$/

export interface Metric {
  readonly type: string
  readonly labels: string
}

/** Every metric that a process has, whatever its roles. */
export async function metricsOfProcess(): Promise<ReadonlyMap<string, Metric>> {
  const { registry } = createMetrics()
  const labels = new Map(
    registry.getMetricsAsArray().map((metric) => {
      const { name, labelNames } = metric as typeof metric & { readonly labelNames: string[] }
      return [name, labelNames.join(',')]
    }),
  )
  const all = await registry.getMetricsAsJSON()
  return new Map(
    all.map(({ name, type }) => [name, { type: String(type), labels: labels.get(name) ?? '' }]),
  )
}

/** The rows of docs/metrics.md, by the metric of their first cell. */
export function rowsOfPage(): ReadonlyMap<string, Metric> {
  const rows = page().matchAll(/^\| `(tidings_\w+)(?:\{([\w,]+)\})?` \| (\w+) \| [^|]+ \|/gm)
  return new Map([...rows].map(([, name = '', labels = '', type = '']) => [name, { type, labels }]))
}

/** Metrics that docs/metrics.md names anywhere. */
export const namedOnPage = (): ReadonlySet<string> => new Set(page().match(NAME) ?? [])

const page = (): string => readFileSync(join(root, 'docs/metrics.md'), 'utf8')

/** Names that a page or a program tells and no process has, with where. */
export function unknownNames(known: ReadonlyMap<string, Metric>): readonly string[] {
  const isKnown = (name: string): boolean =>
    known.has(name) || known.get(name.replace(SAMPLE_OF_HISTOGRAM, ''))?.type === 'histogram'
  return tellingFiles().flatMap((file) =>
    (readFileSync(join(root, file), 'utf8').match(NAME) ?? [])
      .filter((name) => !NO_METRICS.has(name) && !isKnown(name))
      .map((name) => `${file}: ${name}`),
  )
}

export const tellingFiles = (): readonly string[] =>
  globSync(TELLING, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter((file) => !IGNORED.test(file))

/** Metrics of ours that no test names; what Node.js and the process tell comes from a library. */
export function unreadMetrics(known: ReadonlyMap<string, Metric>): readonly string[] {
  const tests = globSync('{packages/server/test,tests}/**/*.ts', { cwd: root })
    .filter((file) => !IGNORED.test(file) && !file.startsWith('tests/statements/'))
    .map((file) => readFileSync(join(root, file), 'utf8'))
  const isRead = (name: string): boolean => {
    const bare = name.slice('tidings_'.length)
    // One word alone is in every text: it counts with its prefix only.
    const prefix = bare.includes('_') ? '(tidings_)?' : 'tidings_'
    const sample = new RegExp(`\\b${prefix}${bare}(_(bucket|sum|count))?\\b`)
    return tests.some((text) => sample.test(text))
  }
  return [...known.keys()].filter(
    (name) => !/^tidings_(process|nodejs)_/.test(name) && !isRead(name),
  )
}
