import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { guardFrame } from '../../packages/sdk/src/connection/guard.js'
import { presence } from '../../packages/sdk/src/features/presence/index.js'
import { receipts } from '../../packages/sdk/src/features/receipts/index.js'
import { typing } from '../../packages/sdk/src/features/typing/index.js'

interface Vector {
  readonly name: string
  readonly direction: string
  readonly frame?: { readonly type: string }
  readonly verdict: unknown
}

const folder = fileURLToPath(new URL('../../packages/protocol/vectors', import.meta.url))
const fromServer = globSync('*.json', { cwd: folder })
  .flatMap((file): Vector[] => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')))
  .filter(({ direction, frame }) => direction === 'server' && frame !== undefined)
const ofFeatures = { ...presence().frames, ...receipts().frames, ...typing().frames }

describe('the SDK’s guard and the schemas agree', () => {
  it.each(fromServer.filter(({ verdict }) => verdict === 'valid').map((v) => [v.name, v] as const))(
    'on the valid vector %s',
    (_, { frame }) => expect(guardFrame(frame, ofFeatures)).toMatchObject({ type: frame?.type }),
  )

  it('on what is not valid, as far as it takes it for nothing that it is not', () => {
    const invalid = fromServer.filter(({ verdict }) => verdict !== 'valid')
    expect(invalid.length).toBeGreaterThan(100)
    for (const { frame } of invalid) expect(() => guardFrame(frame, ofFeatures)).not.toThrow()
  })
})
