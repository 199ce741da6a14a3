/** Where the work types of team conversations are kept: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { WorkType, WorkTypeColor } from './work-type.ts'

export interface WorkTypeStore {
  /** At most `MAX_WORK_TYPES`, in no order; undefined when the actor is no member. */
  list(actor: Actor, conversationId: string): Promise<WorkType[] | undefined>
  /** Undefined when the actor is no member; nothing is made when the name is taken or there are `MAX_WORK_TYPES` already. */
  create(
    actor: Actor,
    conversationId: string,
    workType: WorkType & { readonly now: Date },
  ): Promise<WorkType | 'taken' | 'full' | undefined>
  /** Undefined when the actor can't see it. */
  change(
    actor: Actor,
    id: string,
    change: { readonly name?: string | undefined; readonly color?: WorkTypeColor | undefined },
  ): Promise<WorkType | 'taken' | undefined>
  /** Takes the tag from its messages and removes it; false when the actor can't see it. */
  delete(actor: Actor, id: string): Promise<boolean>
}
