/** Colours code. Loaded with the first code block; each language with its first block. Colours are CSS variables, so both themes share one result. */
import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore, type LanguageInput } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'

const languages: Record<string, () => Promise<{ default: LanguageInput }>> = {
  bash: () => import('shiki/langs/bash.mjs'),
  c: () => import('shiki/langs/c.mjs'),
  csharp: () => import('shiki/langs/csharp.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  php: () => import('shiki/langs/php.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  ruby: () => import('shiki/langs/ruby.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
}

const aliases: Record<string, string> = {
  sh: 'bash',
  shell: 'bash',
  zsh: 'bash',
  console: 'bash',
  // The grammar of C++ alone weighs 800 KB; that of C colours most of it.
  cpp: 'c',
  'c++': 'c',
  h: 'c',
  hpp: 'c',
  cs: 'csharp',
  'c#': 'csharp',
  golang: 'go',
  js: 'javascript',
  jsx: 'tsx',
  mjs: 'javascript',
  node: 'javascript',
  ts: 'typescript',
  jsonc: 'json',
  json5: 'json',
  md: 'markdown',
  py: 'python',
  python3: 'python',
  rb: 'ruby',
  rs: 'rust',
  svg: 'xml',
  vue: 'html',
  yml: 'yaml',
  postgres: 'sql',
  postgresql: 'sql',
  patch: 'diff',
}

export interface Token {
  readonly text: string
  readonly color: string | undefined
  readonly isItalic: boolean
}

let core: Promise<HighlighterCore> | null = null
const getCore = () =>
  (core ??= createHighlighterCore({
    themes: [createCssVariablesTheme({ name: 'ink', variablePrefix: '--shiki-' })],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  }))

/** @returns lines of coloured pieces; null for a language that is not among the few. */
export const highlight = async (code: string, language: string): Promise<Token[][] | null> => {
  const wanted = language.toLowerCase()
  const name = aliases[wanted] ?? wanted
  const load = Object.hasOwn(languages, name) ? languages[name] : undefined
  if (!load) return null
  const highlighter = await getCore()
  if (!highlighter.getLoadedLanguages().includes(name)) await highlighter.loadLanguage((await load()).default)
  return highlighter
    .codeToTokensBase(code, { lang: name, theme: 'ink' })
    .map((line) =>
      line.map(({ content, color, fontStyle }) => ({ text: content, color, isItalic: ((fontStyle ?? 0) & 1) === 1 })),
    )
}
