// The web chat on the embedded server: `npm start` in the root, or `node examples/web-chat/server.mjs --help`.
// Nothing that needs a newer Node is imported before its version is known to do.
const oldest = [22, 13]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  console.error(
    `This is Node ${process.versions.node}; the Tidings server needs Node ${oldest.join('.')} or newer. ` +
      'Use `npm start`, which brings its own, or install Node 24.',
  )
  process.exitCode = 1
} else {
  process.exitCode = await start()
}

async function start() {
  try {
    const { main } = await import('./server/main.mjs')
    return await main(process.argv.slice(2))
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    console.error('The server is not built. Run `npm start` in the root, which builds it first.')
    return 1
  }
}
