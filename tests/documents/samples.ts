import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The published documents: their TypeScript samples must compile. */
export function documents(): string[] {
  const patterns = ['README.md', 'packages/*/*.md', 'docs/**/*.md', 'examples/*/README.md']
  return globSync(patterns, { cwd: root }).sort()
}

/**
 * The TypeScript samples of one document as modules, by their path beside it. A sample that begins
 * with an import starts a module; the others go on with the one before. Each line keeps its number,
 * so that an error names the line of the document.
 */
export function samplesOf(document: string, text: string): Map<string, string> {
  const modules = new Map<string, string>()
  let current = ''
  for (const { code, line } of fencedTypeScript(text)) {
    const startsModule = current === '' || /^\s*import\b/.test(code)
    if (startsModule) current = join(root, `${document}.line-${line}.tsx`)
    const before = modules.get(current) ?? ''
    const padding = '\n'.repeat(line - before.split('\n').length)
    modules.set(current, before + padding + code)
  }
  return modules
}

function fencedTypeScript(text: string): { code: string; line: number }[] {
  const fence = /^( *)```(?:ts|tsx|typescript)\n([\s\S]*?)^ *```/gm
  return [...text.matchAll(fence)].map((match) => ({
    code: match[2] ?? '',
    line: text.slice(0, match.index).split('\n').length + 1,
  }))
}

/** Type-checks modules that exist in memory only; resolves to `file:line: message`. */
export function compile(modules: Map<string, string>): string[] {
  const options = compilerOptions()
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => modules.has(path) || fileExists(path)
  host.readFile = (path) => modules.get(path) ?? readFile(path)
  host.getSourceFile = (path, version, ...rest) => {
    const text = modules.get(path)
    return text === undefined
      ? getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, `${text}\nexport {}\n`, version)
  }
  const program = ts.createProgram([...modules.keys()], options, host)
  return ts.getPreEmitDiagnostics(program).map(describe)
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.dom.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  return {
    ...options,
    jsx: ts.JsxEmit.ReactJSX,
    declaration: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  }
}

function describe({ file, start, messageText }: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(messageText, '\n')
  if (!file || start === undefined) return message
  const document = file.fileName.slice(root.length).replace(/\.line-\d+\.tsx$/, '')
  return `${document}:${file.getLineAndCharacterOfPosition(start).line + 1}: ${message}`
}
