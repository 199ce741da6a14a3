/** Builds the web app into `dist/web`, and serves it with hot reload while developing; knows nothing of the server but its address. */
import { gzipSync } from 'node:zlib'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** What the browser fetches before a conversation shows may weigh this much, gzipped, fonts aside. */
const FIRST_LOAD_LIMIT = 200 * 1024

/** Asks for the text face together with the page, so that the first paint is already set in it. */
const preloadTextFont = (): Plugin => ({
  name: 'parlance:preload-text-font',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler: (_html, { bundle }) =>
      Object.keys(bundle ?? {})
        .filter((file) => /source-sans-3-latin-wght-normal-.*\.woff2$/.test(file))
        .map((file) => ({
          tag: 'link',
          attrs: { rel: 'preload', as: 'font', type: 'font/woff2', href: `/${file}`, crossorigin: '' },
          injectTo: 'head' as const,
        })),
  },
})

/** Prints what the first load weighs and fails the build when it is over the limit. */
const weighFirstLoad = (): Plugin => ({
  name: 'parlance:weigh-first-load',
  apply: 'build',
  generateBundle(_options, bundle) {
    const wanted = new Set<string>()
    const follow = (name: string) => {
      const file = bundle[name]
      if (file?.type !== 'chunk' || wanted.has(name)) return
      wanted.add(name)
      for (const imported of file.imports) follow(imported)
    }
    // The entry, and the route that a signed-in person lands on.
    for (const [name, file] of Object.entries(bundle)) {
      if (file.type !== 'chunk') continue
      if (file.isEntry || file.facadeModuleId?.endsWith('/features/chat/conversation-page.tsx')) follow(name)
    }
    for (const [name, file] of Object.entries(bundle)) {
      if (file.type === 'asset' && /^assets\/index-.*\.css$/.test(name)) wanted.add(name)
    }
    const total = [...wanted].reduce((sum, name) => {
      const file = bundle[name]
      return sum + gzipSync(file?.type === 'chunk' ? file.code : Buffer.from(file?.source ?? '')).length
    }, 0)
    const line = `first load: ${(total / 1024).toFixed(1)} KB gzip of at most ${FIRST_LOAD_LIMIT / 1024} (${wanted.size} files)`
    if (total > FIRST_LOAD_LIMIT) this.error(line)
    else console.log(line)
  },
})

// Vitest reads this file where it finds no other; its tests need neither the page's root nor its plugins.
export default process.env.VITEST
  ? {}
  : defineConfig({
      root: 'web',
      plugins: [react(), tailwindcss(), preloadTextFont(), weighFirstLoad()],
      build: {
        outDir: '../dist/web',
        emptyOutDir: true,
        target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'],
        // Inlined assets would be `data:` addresses, which the page's policy refuses for fonts.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        // Grammars of single languages are large and loaded one by one; the first load has a limit of its own above.
        chunkSizeWarningLimit: 1000,
      },
      server: {
        host: '127.0.0.1',
        proxy: { '/api': 'http://127.0.0.1:3000', '/health': 'http://127.0.0.1:3000' },
      },
    })
