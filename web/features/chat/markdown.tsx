/**
 * A model's Markdown as elements. Loaded after the page; no raw HTML, no remote images, nothing that leaves the page
 * without a click. Finished blocks are kept, so that streaming renders the last one only.
 */
import { Image } from 'lucide-react'
import { memo, useMemo, type ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import renderMarkdown, { type Components, type Options } from 'react-markdown'
import rehypeSanitize from 'rehype-sanitize'
import remarkGfm from 'remark-gfm'
import { CodeBlock } from './code-block.tsx'
import { splitBlocks } from './split-blocks.ts'

interface Node {
  type: string
  value?: string
  children?: Node[]
}

/** HTML that a model wrote is shown as the text that it is; the sanitiser after this would drop it, words and all. */
const rawAsText = () => (tree: Node) => {
  const visit = (node: Node) => {
    if (node.type === 'raw') node.type = 'text'
    node.children?.forEach(visit)
  }
  visit(tree)
}

const hostOf = (address: string | undefined): string | null => {
  try {
    const url = new URL(address ?? '')
    return /^https?:$/.test(url.protocol) ? url.host : null
  } catch {
    return null
  }
}

/** Fetching a picture would tell its server who reads what, so there is only an offer to open it. */
const RemoteImage = ({ src, alt }: { readonly src?: unknown; readonly alt?: string | undefined }) => {
  const { t } = useTranslation()
  const address = typeof src === 'string' ? src : undefined
  const host = hostOf(address)
  if (!host) return <span>{alt}</span>
  return (
    <a href={address} target="_blank" rel="noopener noreferrer" title={address}>
      <Image size={16} strokeWidth={1.75} className="me-1 inline align-[-0.15em]" aria-hidden />
      {t('chat.imageFrom', { host })}
      {alt ? ` (${alt})` : ''}
    </a>
  )
}

const TaskMark = ({ done }: { readonly done: boolean }) => {
  const { t } = useTranslation()
  return (
    <input type="checkbox" checked={done} readOnly disabled aria-label={t(done ? 'chat.taskDone' : 'chat.taskOpen')} />
  )
}

const languageOf = (className: string | undefined) => /language-([\w+#.-]+)/.exec(className ?? '')?.[1] ?? null

const textOf = (node: { value?: string; children?: readonly unknown[] } | undefined): string =>
  node?.value ?? node?.children?.map((child) => textOf(child as { value?: string })).join('') ?? ''

const components: Components = {
  a: ({ node: _node, children, ...rest }) => (
    <a {...rest} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  ),
  img: ({ src, alt }) => <RemoteImage src={src} alt={alt} />,
  pre: ({ node }) => {
    const code = node?.children[0]
    const names = code?.type === 'element' ? code.properties.className : undefined
    return (
      <CodeBlock
        code={textOf(code).replace(/\n$/, '')}
        language={languageOf(Array.isArray(names) ? names.join(' ') : undefined)}
      />
    )
  },
  table: ({ node: _node, ...rest }) => (
    <div className="table-frame" tabIndex={0} role="group">
      <table {...rest} />
    </div>
  ),
  input: ({ checked }) => <TaskMark done={checked === true} />,
  // The title is the page's first heading, each message the second: headings within one come after those, without a gap.
  h1: ({ node: _node, ...rest }) => <h3 className="large" {...rest} />,
  h2: ({ node: _node, ...rest }) => <h3 className="large" {...rest} />,
  h5: ({ node: _node, ...rest }) => <h4 {...rest} />,
  h6: ({ node: _node, ...rest }) => <h4 {...rest} />,
}

const options: Options = { remarkPlugins: [remarkGfm], rehypePlugins: [rawAsText, rehypeSanitize], components }

/** Blocks that were rendered before: a row that scrolls back into view costs no parsing. */
const rendered = new Map<string, ReactElement>()
const MOST_RENDERED = 2000

const renderBlock = (markdown: string, keep: boolean): ReactElement => {
  const known = rendered.get(markdown)
  if (known) return known
  const made = renderMarkdown({ ...options, children: markdown })
  if (keep) {
    if (rendered.size >= MOST_RENDERED) {
      for (const old of [...rendered.keys()].slice(0, MOST_RENDERED / 4)) rendered.delete(old)
    }
    rendered.set(markdown, made)
  }
  return made
}

const Block = memo(({ markdown, isFinished }: { readonly markdown: string; readonly isFinished: boolean }) => (
  <div>{renderBlock(markdown, isFinished)}</div>
))

/** `isWriting`: more text may follow, so the last block is not finished. */
export const Markdown = memo(({ text, isWriting }: { readonly text: string; readonly isWriting: boolean }) => {
  const blocks = useMemo(() => splitBlocks(text), [text])
  return (
    <div className="prose">
      {blocks.map((block, index) => (
        // Blocks are only ever added at the end, so their place is their identity.
        <Block key={index} markdown={block} isFinished={!isWriting || index < blocks.length - 1} />
      ))}
    </div>
  )
})
