import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

async function bundle(entry: string) {
  const result = await build({
    entryPoints: [new URL(`../src/${entry}`, import.meta.url).pathname],
    bundle: true,
    format: 'esm',
    minify: true,
    metafile: true,
    write: false,
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error('esbuild wrote nothing')
  return { inputs: Object.keys(result.metafile.inputs), contents: file.contents }
}

const fromZod = (inputs: readonly string[]) => inputs.filter((path) => /node_modules/.test(path))

it('the main entry bundles without zod, in less than 4 KiB gzipped', async () => {
  const { inputs, contents } = await bundle('index.ts')
  expect(fromZod(inputs)).toEqual([])
  expect(gzipSync(contents, { level: 9 }).length).toBeLessThan(4096)
})

it('the schemas bundle with zod, so that this test can tell', async () => {
  const { inputs } = await bundle('schemas.ts')
  expect(fromZod(inputs).some((path) => path.includes('zod'))).toBe(true)
})
