/** What people do with their prompt templates. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Tier } from '../training/index.ts'
import { byName, makeReadWithStarter, type Needs } from './change-scaffolds.ts'
import { type PromptTemplate, type TemplateDraft, unknownPlaceholders } from './prompt-template.ts'

export type TemplateChange = { readonly [Name in keyof TemplateDraft]?: TemplateDraft[Name] | undefined } & {
  readonly isActive?: boolean | undefined
}

/** By name. */
export const makeListTemplates = (needs: Needs) => {
  const readWithStarter = makeReadWithStarter(needs)
  return async (
    actor: Actor,
    { tier, isActive }: { tier?: Tier | undefined; isActive?: boolean | undefined } = {},
  ): Promise<PromptTemplate[]> => {
    const all = await readWithStarter(actor, () => needs.templates.list(actor))
    return byName(
      all.filter((each) => each.tier === (tier ?? each.tier) && each.isActive === (isActive ?? each.isActive)),
    )
  }
}

/** Fails with `request.invalid` for placeholders and arcs that there are not, `template.exists` and `template.too_many`. */
export const makeCreateTemplate =
  ({ templates, clock, newId }: Needs) =>
  async (actor: Actor, { name, tier, arcKey, text }: TemplateDraft): Promise<PromptTemplate> => {
    checkText(text)
    const draft = { name: name.trim(), tier, arcKey, text }
    return made(await templates.create(actor, { ...draft, id: newId(), now: clock.now() }))
  }

/** Fails with `request.invalid` as above, `template.not_found` and `template.exists`. */
export const makeChangeTemplate =
  ({ templates, clock }: Needs) =>
  async (actor: Actor, id: string, change: TemplateChange): Promise<PromptTemplate> => {
    if (change.text !== undefined) checkText(change.text)
    const changed = await templates.change(actor, id, (template) => ({
      ...template,
      name: change.name?.trim() ?? template.name,
      tier: change.tier ?? template.tier,
      arcKey: change.arcKey === undefined ? template.arcKey : change.arcKey,
      text: change.text ?? template.text,
      isActive: change.isActive ?? template.isActive,
      version: template.version + Number((change.text ?? template.text) !== template.text),
      updatedAt: clock.now(),
    }))
    if (changed === undefined) throw new AppError('template.not_found')
    return made(changed)
  }

/** Fails with `template.not_found`. */
export const makeRemoveTemplate =
  ({ templates }: Needs) =>
  async (actor: Actor, id: string): Promise<void> => {
    if (!(await templates.remove(actor, id))) throw new AppError('template.not_found')
  }

const checkText = (text: string): void => {
  const unknown = unknownPlaceholders(text)
  if (unknown.length === 0) return
  const names = unknown.slice(0, 10).map((name) => `{{${name.slice(0, 60)}}}`)
  throw new AppError('request.invalid', {
    message: `The text has placeholders that there are not: ${names.join(', ')}.`,
    issues: [{ part: 'body', path: ['text'], rule: 'other', message: `must not have ${names.join(', ')}` }],
  })
}

const made = (outcome: PromptTemplate | 'taken' | 'full' | 'no arc'): PromptTemplate => {
  switch (outcome) {
    case 'taken':
      throw new AppError('template.exists')
    case 'full':
      throw new AppError('template.too_many')
    case 'no arc':
      throw new AppError('request.invalid', {
        issues: [{ part: 'body', path: ['arc_key'], rule: 'other', message: 'must be the key of an emotional arc' }],
      })
    default:
      return outcome
  }
}
