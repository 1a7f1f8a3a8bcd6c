// The workspaces of this repository, read from their manifests.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from './steps.mjs'

/** Every workspace: its folder, the name of its report, and its manifest. */
export function workspaces() {
  const { workspaces: patterns } = readManifest(root)
  return patterns
    .flatMap((pattern) => (pattern.endsWith('/*') ? subfolders(pattern.slice(0, -2)) : [pattern]))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({
      folder: join(root, folder),
      name: basename(folder),
      manifest: readManifest(join(root, folder)),
    }))
}

/** The workspaces that are published. */
export const publishedPackages = () => workspaces().filter(({ manifest }) => !manifest.private)

const subfolders = (folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
