/** What the members of a team conversation do with its work types. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { ExplainHidden } from './list-messages.ts'
import type { WorkType, WorkTypeColor } from './work-type.ts'
import type { WorkTypeStore } from './work-type-store.ts'

interface Needs {
  workTypes: WorkTypeStore
  explainHidden: ExplainHidden
  clock: Clock
  newId: NewId
}

/** By name. */
export const makeListWorkTypes =
  ({ workTypes, explainHidden }: Needs) =>
  async (actor: Actor, conversationId: string): Promise<WorkType[]> => {
    const found = await workTypes.list(actor, conversationId)
    if (found === undefined) throw await explainHidden(conversationId)
    return found.toSorted((a, b) => byName.compare(a.name, b.name))
  }

/** As people sort words, which the order of a database depends on the locale for: `Đơn` stands with D. */
const byName = new Intl.Collator('und', { numeric: true })

/** Fails with `work_type.exists` when the name is taken and `work_type.too_many` when there are as many as there can be. */
export const makeCreateWorkType =
  ({ workTypes, explainHidden, clock, newId }: Needs) =>
  async (
    actor: Actor,
    conversationId: string,
    { name, color }: { name: string; color: WorkTypeColor },
  ): Promise<WorkType> => {
    const created = await workTypes.create(actor, conversationId, {
      id: newId(),
      name: name.trim(),
      color,
      now: clock.now(),
    })
    if (created === undefined) throw await explainHidden(conversationId)
    if (created === 'taken') throw new AppError('work_type.exists')
    if (created === 'full') throw new AppError('work_type.too_many')
    return created
  }

/** Fails with `work_type.not_found` and `work_type.exists`. */
export const makeChangeWorkType =
  ({ workTypes }: Needs) =>
  async (
    actor: Actor,
    id: string,
    { name, color }: { name?: string | undefined; color?: WorkTypeColor | undefined },
  ): Promise<WorkType> => {
    const changed = await workTypes.change(actor, id, { name: name?.trim(), color })
    if (changed === undefined) throw new AppError('work_type.not_found')
    if (changed === 'taken') throw new AppError('work_type.exists')
    return changed
  }

/** Its messages stay, without the tag. Fails with `work_type.not_found`. */
export const makeDeleteWorkType =
  ({ workTypes }: Needs) =>
  async (actor: Actor, id: string): Promise<void> => {
    if (!(await workTypes.delete(actor, id))) throw new AppError('work_type.not_found')
  }
