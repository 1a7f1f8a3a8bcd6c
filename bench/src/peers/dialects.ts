import type { Dialect } from './peer.js'

const once = `${process.pid}-${Date.now().toString(36)}`

export const handmade: Dialect = {
  path: '/',
  greet: () => [{ until: '"ready"' }],
  publish: (texts, sequence) => [
    JSON.stringify(
      texts.map((text, i) => ({
        type: 'message.new',
        client_msg_id: `${once}-${sequence + i}`,
        text,
      })),
    ),
  ],
}

/** Member `index` of channel `c0`; `hello` names its position, so that nothing but new events comes. */
export const tidings: Dialect = {
  path: '/v1/ws',
  protocols: ['tidings.v1'],
  greet: (index) => [
    {
      send: JSON.stringify({
        type: 'hello',
        last_seq_map: {},
        device_id: `d${index}`,
        token: `u${index}`,
      }),
      until: '"hello_ack"',
    },
  ],
  publish: (texts, sequence) => [
    JSON.stringify(
      texts.map((text, i) => ({
        type: 'message.send',
        channel_id: 'c0',
        client_msg_id: `${once}-${sequence + i}`,
        first_try_ts: Date.now(),
        text,
      })),
    ),
  ],
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
