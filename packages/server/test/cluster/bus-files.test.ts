import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificate } from '../../../../scripts/services/testing/certificate.js'
import { securityOf } from '../../src/cluster/bus.js'
import { StartError } from '../../src/compose/start-error.js'

describe('the files of mutual TLS between processes', () => {
  let folder: string
  const files = { busTlsCa: '', busTlsCert: '', busTlsKey: '' }
  let nonsense: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidings-bus-'))
    const write = async (name: string, text: string) => {
      await writeFile(join(folder, name), text)
      return join(folder, name)
    }
    files.busTlsCert = files.busTlsCa = await write('tls.crt', certificate.cert)
    files.busTlsKey = await write('tls.key', certificate.key)
    nonsense = await write('nonsense', 'nothing of the kind')
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('are taken where they go together', async () => {
    expect(Object.keys((await securityOf(files)).tls ?? {})).toEqual(['ca', 'cert', 'key'])
  })

  it.each(['busTlsCa', 'busTlsCert', 'busTlsKey'] as const)(
    'are refused where %s is none, by its name and its path',
    async (name) => {
      const error = await securityOf({ ...files, [name]: nonsense }).catch(
        (cause: unknown) => cause,
      )
      expect(error).toBeInstanceOf(StartError)
      expect((error as StartError).message).toMatch(
        new RegExp(`^${name} names ${nonsense}, which cannot be used: .+\\.$`),
      )
    },
  )
})
