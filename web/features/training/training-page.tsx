/** A page of the Training area: its name, what can be done on it, and its content. */
import type { ReactNode } from 'react'
import { useFocusOnArrival } from '../../lib/use-focus-on-arrival.ts'
import { useTitle } from '../../lib/use-title.ts'
import { Content, ContentHeader } from '../../ui/column.tsx'

export const TrainingPage = ({
  name,
  title,
  actions,
  onBack,
  children,
}: {
  /** Of the place: the focus goes to the title when another place is arrived at. */
  readonly name: string
  readonly title: string
  readonly actions?: ReactNode
  readonly onBack?: () => void
  readonly children: ReactNode
}) => {
  const heading = useFocusOnArrival<HTMLHeadingElement>(name)
  useTitle(title)
  return (
    <Content>
      <ContentHeader {...(onBack ? { onBack } : {})} actions={actions}>
        <h1 ref={heading} tabIndex={-1} className="truncate font-strong">
          {title}
        </h1>
      </ContentHeader>
      <div className="relative min-h-0 flex-1 overflow-y-auto">{children}</div>
    </Content>
  )
}
