/** Who it is, at a glance: the first letters of a person's name in a quiet circle, or the sign of a model. */
import { Bot } from 'lucide-react'
import { initialsOf } from './initials.ts'

export const Initials = ({ name }: { readonly name: string }) => (
  <span
    aria-hidden
    className="flex size-8 shrink-0 items-center justify-center rounded-full border border-hairline bg-sunk text-small font-strong text-soft select-none"
  >
    {initialsOf(name)}
  </span>
)

export const ModelMark = () => (
  <span aria-hidden className="flex size-8 shrink-0 items-center justify-center text-soft">
    <Bot size={18} strokeWidth={1.75} />
  </span>
)
