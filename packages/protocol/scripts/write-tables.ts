import { readFileSync, writeFileSync } from 'node:fs'
import { withTables } from './tables.js'

const path = new URL('../PROTOCOL.md', import.meta.url)
const limits = new URL('../src/limits.ts', import.meta.url)
writeFileSync(path, withTables(readFileSync(path, 'utf8'), readFileSync(limits, 'utf8')))
