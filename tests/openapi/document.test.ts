import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SwaggerParser from '@apidevtools/swagger-parser'
import { createServer } from '@tidings/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

type Document = Parameters<typeof SwaggerParser.validate>[0] & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}
interface Operation {
  readonly summary?: string
  readonly security?: readonly object[]
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: unknown
}

let document: Document
let end = async (): Promise<void> => undefined
beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-openapi-'))
  const tidings = await createServer({ dataDir, devLogin: true, logLevel: 'silent' })
  const { url } = await tidings.listen({ port: 0 })
  document = (await (await fetch(`${url}/v1/openapi.json`)).json()) as Document
  end = async () => {
    await tidings.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}, 60_000)
afterAll(() => end())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

describe('the OpenAPI document', () => {
  it('is valid by its own specification', async () => {
    const valid = await SwaggerParser.validate(structuredClone(document))
    expect(valid.info.title).toBe('Tidings REST API')
  })

  it('describes every operation, and names each parameter of its path', () => {
    for (const { path, operation } of operations()) {
      expect(operation.summary).toBeTruthy()
      const named = (operation.parameters ?? []).filter((one) => one.in === 'path')
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(named.map(({ name }) => name).sort()).toEqual(inPath.sort())
    }
  })

  it('asks for a token everywhere but where it says so', () => {
    const open = operations().filter(({ operation }) => operation.security?.length === 0)
    expect(open.map(({ path }) => path).sort()).toEqual(['/healthz', '/readyz', '/v1/dev/login'])
  })

  it('says what a request that writes must hold', () => {
    const without = operations()
      .filter(({ method, operation }) => /post|put|patch/.test(method) && !operation.requestBody)
      .map(({ method, path }) => `${method} ${path}`)
    expect(without.sort()).toEqual([
      'post /v1/channels/{channel_id}/join',
      'put /v1/channels/{channel_id}/messages/{seq}/reactions/{emoji}',
    ])
  })
})
