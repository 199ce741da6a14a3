/** A few figures with their names. */
import type { ReactNode } from 'react'

export const Facts = ({ children }: { readonly children: ReactNode }) => (
  <dl className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-x-6 gap-y-3">{children}</dl>
)

export const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-small text-soft">{name}</dt>
    <dd className="tabular-nums wrap-anywhere">{children}</dd>
  </div>
)
