// What `npm start` runs first of all, in words that every Node reads: all the rest needs a newer one.
'use strict'

var oldest = [20, 19]
var version = process.versions.node.split('.').map(Number)
var isTooOld = version[0] < oldest[0] || (version[0] === oldest[0] && version[1] < oldest[1])

if (isTooOld) {
  exports.unsupportedNode =
    'This is Node ' +
    process.versions.node +
    '; Tidings needs Node ' +
    oldest.join('.') +
    ' or newer. Install it from nodejs.org and try again.'
  if (require.main === module) {
    console.error(exports.unsupportedNode)
    process.exitCode = 1
  }
}
