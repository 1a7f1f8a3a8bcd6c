/** `npm run settings`: writes docs/settings.md from the settings themselves. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FIELDS, type Field } from '../../packages/server/src/config/fields.js'
import { root } from './claims.js'

const FILE = join(root, 'docs/settings.md')
const BEGIN = '<!-- settings:begin -->'
const END = '<!-- settings:end -->'

/** In the order of the page; a setting stands in the first section whose pattern its name fits. */
const SECTIONS: readonly (readonly [title: string, names: RegExp])[] = [
  ['The process', /^(roles|log|logLevel|store|dataDir|readerWorkers|host|port|basePath)$/],
  ['Who is let in', /^(auth|devLogin|serverKeys|corsOrigins|trustProxy)/],
  ['The log on Kafka', /kafka|^(commitLag|lag)/i],
  ['Messages on Cassandra', /cassandra/i],
  ['PostgreSQL', /postgres/i],
  ['Redis', /^(redis|routesSettle|nodeLease|maxClockSkew|limitsAway|revocation)/],
  ['Between processes', /^(bus|processLease)/],
  ['Limits and times', /./],
]

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/Ms$/, 'ms'],
  [/Bytes$/, 'bytes'],
  [/PerS$/, 'a second'],
  [/Ratio$/, 'part of 1'],
]

const fields = Object.entries(FIELDS as Readonly<Record<string, Field<unknown>>>)

/** What a number counts; undefined for what is no number, and for a number that nobody has given a unit. */
export const unitOf = (name: string, { unit }: Pick<Field<unknown>, 'unit'>): string | undefined =>
  unit ?? UNITS.find(([suffix]) => suffix.test(name))?.[1]

/** Numbers whose unit neither their name nor their field says. */
export const withoutUnit = (): readonly string[] =>
  fields
    .filter(([, { kind }]) => kind === 'integer' || kind === 'number')
    .filter(([name, field]) => unitOf(name, field) === undefined)
    .map(([name]) => name)

/** The page as it should be. */
export function pageText(): string {
  const page = readFileSync(FILE, 'utf8')
  const before = page.slice(0, page.indexOf(BEGIN) + BEGIN.length)
  return `${before}\n\n${SECTIONS.map(section).join('\n')}\n${page.slice(page.indexOf(END))}`
}

export const currentText = (): string => readFileSync(FILE, 'utf8')

function section([title]: (typeof SECTIONS)[number]): string {
  const rows = fields.filter(([name]) => sectionOf(name) === title).map(row)
  return `## ${title}\n\n| setting | default | unit | what it does | what it may be |\n|---|---|---|---|---|\n${rows.join('')}`
}

const sectionOf = (name: string) => SECTIONS.find(([, names]) => names.test(name))?.[0]

function row([name, field]: (typeof fields)[number]): string {
  const isSecret = field.kind === 'secret' || field.kind === 'secrets'
  const cells = [
    `\`${name}\``,
    defaultOf(field.default),
    unitOf(name, field) ?? '',
    `${field.help}${isSecret ? ' Secret.' : ''}`,
    field.allowed,
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
}

function defaultOf(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'not set'
  if (value === '') return 'empty'
  return `\`${Array.isArray(value) ? value.join(',') : String(value)}\``
}

if (process.argv[1]?.endsWith('settings.ts')) writeFileSync(FILE, pageText())
