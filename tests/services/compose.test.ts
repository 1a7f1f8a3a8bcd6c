import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { placeholders } from '../../scripts/services/compose/docker.js'

it('Docker Compose is given every variable of its file, and no other', () => {
  const file = new URL('../../scripts/services/compose/compose.yaml', import.meta.url)
  const used = readFileSync(fileURLToPath(file), 'utf8').matchAll(/\$\{(\w+)\}/g)
  const names = [...used].map(([, name]) => name)
  expect([...new Set(names)].sort()).toEqual(Object.keys(placeholders).sort())
})
