import type { Dialect } from './peer.js'

export const handmade: Dialect = {
  path: '/',
  greet: () => [{ until: '"ready"' }],
  publish: (texts) => [JSON.stringify(texts.map((text) => ({ type: 'message.new', text })))],
}

/** engine.io 4: open packet, connect packet, then events; no packet joins another on a WebSocket. */
export const socketio: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  greet: () => [{ until: '"sid"' }, { send: '40', until: '40{' }],
  publish: (texts) =>
    texts.map((text) => `42${JSON.stringify(['send', { type: 'message.new', text }])}`),
}

export const centrifugo: Dialect = {
  path: '/connection/websocket',
  greet: () => [
    { send: JSON.stringify({ id: 1, connect: {} }), until: '"connect"' },
    { send: JSON.stringify({ id: 2, subscribe: { channel: 'general' } }), until: '"subscribe"' },
  ],
  publish: (texts, sequence) => [
    texts
      .map((text, i) =>
        JSON.stringify({
          id: 3 + sequence + i,
          publish: { channel: 'general', data: { type: 'message.new', text } },
        }),
      )
      .join('\n'),
  ],
}
