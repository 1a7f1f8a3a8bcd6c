// Packs the published packages as npm would publish them. `node scripts/pack.mjs FOLDER` prints what it packed.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { root } from './steps.mjs'
import { publishedPackages } from './workspaces.mjs'

/** The tarballs, in an emptied folder. The packages have to be built. */
export function packAll(folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const names = publishedPackages().map(({ manifest }) => manifest.name)
  const npm = process.env.npm_execpath
  const args = ['pack', '--json', '--loglevel=error', '--pack-destination', folder]
  const packages = names.flatMap((name) => ['--workspace', name])
  const output = npm
    ? execFileSync(process.execPath, [npm, ...args, ...packages], { cwd: root, encoding: 'utf8' })
    : execFileSync('npm', [...args, ...packages], { cwd: root, encoding: 'utf8' })
  return JSON.parse(output).map(({ name, filename, files }) => ({
    name,
    tarball: join(folder, filename),
    files: files.map(({ path }) => path),
  }))
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(packAll(argv[2] ?? join(root, '.cache', 'packed')), null, 2))
}
