/** A person at a glance: the first letters of their name, in a quiet circle. */
import { initialsOf } from './initials.ts'

export const Initials = ({ name }: { readonly name: string }) => (
  <span
    aria-hidden
    className="flex size-8 shrink-0 items-center justify-center rounded-full bg-hover text-small font-strong text-soft select-none"
  >
    {initialsOf(name)}
  </span>
)
