import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

/** `npm run dev -w @tidings/web-chat`: the page from source, beside a server that `npm start` runs. */
const server = process.env.TIDINGS_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig(({ command }) => ({
  plugins: [react()],
  // Contributors see a change of the SDK at once; a build takes what is published.
  resolve: {
    conditions: [...(command === 'serve' ? ['tidings-source'] : []), ...defaultClientConditions],
  },
  server: {
    proxy: {
      '/v1/ws': { target: server.replace('http', 'ws'), ws: true },
      '/v1': server,
    },
  },
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0 },
}))
