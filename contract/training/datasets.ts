/** Datasets: a named choice of training conversations, and versions of it that never change. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { filledText, isoTime, queryInteger, text, uuid } from '../shapes.ts'

const datasetIds = z.strictObject({ dataset_id: uuid })
const versionIds = z.strictObject({ ...datasetIds.shape, version: queryInteger(1, 999_999_999) })
const cursor = text(200)
const limit = queryInteger(1, 100).default(25)
const count = z.number().int().nonnegative()

export const splitName = z.enum(['train', 'validation', 'test'])
export type SplitName = z.output<typeof splitName>

const score = z.number('must be a number').min(0, 'must be at least 0').max(10, 'must be at most 10')

export const reviewStatus = z.enum(['pending_review', 'approved', 'rejected', 'archived'])

/** The filters of the list of conversations; what is not given does not matter. */
export const selectionFilter = z.strictObject({
  status: reviewStatus.optional(),
  tier: z.enum(['template', 'scenario', 'edge_case']).optional(),
  persona_key: filledText(100).optional(),
  arc_key: filledText(100).optional(),
  topic_key: filledText(100).optional(),
  quality_min: score.optional(),
  quality_max: score.optional(),
  origin: z.enum(['generated', 'taken', 'imported']).optional(),
  requires_manual_review: z.boolean('must be a boolean').optional(),
  q: filledText(200).optional().describe('Words of the title and the turns; the last may be the beginning of one'),
})

const ids = z.array(uuid).max(5_000, 'must be at most 5000')

/** Without a filter only the conversations that are named belong to it; `{}` is a filter that all pass. */
export const wantedSelection = z.strictObject({
  filter: selectionFilter.nullable().default(null),
  include: ids.default([]).describe('Conversations that belong to it whatever the filter says'),
  exclude: ids.default([]).describe('Conversations that never do'),
})

export const datasetSelection = z.strictObject({
  filter: selectionFilter.nullable(),
  include: z.array(z.guid()),
  exclude: z.array(z.guid()),
})

const ratio = z.number('must be a number').min(0, 'must be at least 0').max(1, 'must be at most 1')
const ratios = z.strictObject({ train: ratio, validation: ratio, test: ratio })
const wholeNumber = (least: number, most: number) =>
  z.int('must be an integer').min(least, `must be at least ${least}`).max(most, `must be at most ${most}`)

/** What is left out is as it usually is. */
export const wantedSettings = z.strictObject({
  splits: ratios
    .refine(({ train, validation, test }) => Math.abs(train + validation + test - 1) < 1e-6, 'must add up to 1')
    .default({ train: 0.9, validation: 0.1, test: 0 }),
  seed: text(100).default('0').describe('Another seed is another division into splits'),
  duplicates: z
    .enum(['drop', 'keep'])
    .default('drop')
    .describe('Of conversations that say the same, or nearly, all but the first are dropped; or all kept, on one side'),
  near_duplicate_threshold: z
    .number('must be a number')
    .min(0.8, 'must be at least 0.8')
    .max(1, 'must be at most 1')
    .nullable()
    .default(0.85)
    .describe(
      'Similarity (Jaccard, of groups of five words) from which on two say nearly the same; null: the very same only',
    ),
  max_tokens: wholeNumber(1, 10_000_000)
    .nullable()
    .default(null)
    .describe('Longer conversations are dropped, never cut'),
  min_turns: wholeNumber(1, 10_000).default(2),
  max_turns: wholeNumber(1, 10_000).nullable().default(null),
  only_approved: z.boolean('must be a boolean').default(true),
})

export const datasetSettings = z.strictObject({
  splits: ratios,
  seed: z.string(),
  duplicates: z.enum(['drop', 'keep']),
  near_duplicate_threshold: z.number().nullable(),
  max_tokens: z.number().int().nullable(),
  min_turns: z.number().int(),
  max_turns: z.number().int().nullable(),
  only_approved: z.boolean(),
})

const datasetShape = {
  id: z.uuid(),
  name: z.string(),
  description: z.string().nullable(),
  selection: datasetSelection,
  settings: datasetSettings,
  latest_version: count.describe('0 while there is none'),
  created_at: isoTime,
  updated_at: isoTime,
}
export const dataset = z.strictObject(datasetShape)
export type Dataset = z.output<typeof dataset>

export const dropReason = z.enum(['too_few_turns', 'too_many_turns', 'too_long', 'duplicate', 'near_duplicate'])
export type DropReason = z.output<typeof dropReason>

const splitCounts = z.strictObject({
  conversations: count,
  /** Of all that were kept, 0 to 1: splits go by groups, so this is near the setting and not exactly it. */
  share: z.number(),
  turns: count,
  tokens: count,
})

/** How many conversations a model could not take whole. */
export const modelFit = z.strictObject({
  model: z.string(),
  context_tokens: count,
  /** Whether the model counts tokens otherwise than we do: then it may be a few more or less. */
  is_estimate: z.boolean(),
  conversations_too_long: count,
})

export const versionCounts = z.strictObject({
  selected: count,
  kept: count,
  splits: z.strictObject({ train: splitCounts, validation: splitCounts, test: splitCounts }),
  dropped: z.record(dropReason, count),
  clusters: count.describe('Groups of conversations that say the same, or nearly'),
  moved: count.describe('Conversations that the version before had on another side'),
  tokens: z.strictObject({
    encoding: z.literal('o200k_base'),
    total: count,
    longest: count,
    models: z.array(modelFit),
  }),
})

export const versionStatus = z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled'])

export const datasetVersion = z.strictObject({
  dataset_id: z.uuid(),
  version: count,
  status: versionStatus,
  selection: datasetSelection,
  settings: datasetSettings,
  progress: z.strictObject({ total: count.nullable(), processed: count, percentage: count }),
  counts: versionCounts.nullable().describe('Null until it is completed'),
  erased: count.describe('Conversations that were erased since: no export holds them'),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  created_at: isoTime,
  completed_at: isoTime.nullable().describe('When it was frozen'),
})
export type DatasetVersion = z.output<typeof datasetVersion>

const success = z.literal(true)
const oneDataset = z.strictObject({ success, dataset })
const oneVersion = z.strictObject({ success, version: datasetVersion })

export const createDataset = endpoint({
  method: 'POST',
  path: '/api/training/datasets',
  summary: 'Name a choice of training conversations, and what becomes of them',
  access: 'person',
  body: z.strictObject({
    name: filledText(255),
    description: text(2_000).nullable().default(null),
    selection: wantedSelection,
    settings: wantedSettings.prefault({}),
  }),
  reply: { status: 201, body: oneDataset },
  failures: [400, 409],
})

export const listDatasets = endpoint({
  method: 'GET',
  path: '/api/training/datasets',
  summary: 'Your datasets, the latest first',
  access: 'person',
  query: z.strictObject({ cursor: cursor.optional(), limit }),
  reply: {
    status: 200,
    body: z.strictObject({ success, datasets: z.array(dataset), next_cursor: z.string().nullable() }),
  },
  failures: [400],
})

export const getDataset = endpoint({
  method: 'GET',
  path: '/api/training/datasets/{dataset_id}',
  summary: 'A dataset',
  access: 'person',
  params: datasetIds,
  reply: { status: 200, body: oneDataset },
  failures: [400, 404],
})

/** What is given replaces what there was, settings as a whole; versions stay as they are. */
export const changeDataset = endpoint({
  method: 'PATCH',
  path: '/api/training/datasets/{dataset_id}',
  summary: 'Change a dataset; versions that were frozen stay as they are',
  access: 'person',
  params: datasetIds,
  body: z
    .strictObject({
      name: filledText(255).optional(),
      description: text(2_000).nullable().optional(),
      selection: wantedSelection.optional(),
      settings: wantedSettings.optional(),
      updated_at: isoTime
        .optional()
        .describe('The one that the change is made from: where it is another, nothing changes'),
    })
    .refine((change) => Object.keys(change).some((field) => field !== 'updated_at'), 'must change something'),
  reply: { status: 200, body: oneDataset },
  failures: [400, 404, 409],
})

/**
 * Leaves the filter and everybody else's choices as they are: of calls that come at once none undoes another, and the same
 * one again changes nothing. Ids that are no conversation of the person are kept and never matter, as in a selection.
 */
export const changeMembers = endpoint({
  method: 'POST',
  path: '/api/training/datasets/{dataset_id}/members',
  summary: 'Put conversations into a dataset by name, leave them out of it, or let its filter decide again',
  access: 'person',
  params: datasetIds,
  body: z
    .strictObject({
      include: ids.default([]).describe('They belong to it from now on, and are left out no more'),
      exclude: ids.default([]).describe('They are left out from now on, and belong to it no more'),
      forget: ids.default([]).describe('They are neither named nor left out any more: the filter decides'),
    })
    .superRefine((lists, { addIssue }) => {
      const named = Object.entries(lists).flatMap(([list, its]) => [...new Set(its)].map((id) => ({ list, id })))
      if (named.length === 0) addIssue({ code: 'custom', path: ['include'], message: 'must name a conversation' })
      const seen = new Set<string>()
      const again = named.find(({ id }) => seen.size === seen.add(id).size)
      if (again) addIssue({ code: 'custom', path: [again.list], message: 'must not name what another list names' })
    }),
  reply: { status: 200, body: oneDataset },
  failures: [400, 404, 409],
})

export const datasetMember = z.strictObject({
  conversation_id: z.guid(),
  title: z.string(),
  status: reviewStatus,
  turns: count,
  tokens: count.describe('0 where they were never counted'),
  named: z.boolean().describe('Whether it belongs to it by name; else the filter chose it'),
})
export type DatasetMember = z.output<typeof datasetMember>

/** What a version that is frozen now begins with; some of them may be dropped then, as the preview counts. */
export const listMembers = endpoint({
  method: 'GET',
  path: '/api/training/datasets/{dataset_id}/members',
  summary: 'The conversations of a dataset as they are now, or those that are left out of it by name; the latest first',
  access: 'person',
  params: datasetIds,
  query: z.strictObject({
    left_out: z.enum(['true', 'false']).default('false').describe('Those that are left out by name instead'),
    cursor: cursor.optional(),
    limit,
  }),
  reply: {
    status: 200,
    body: z.strictObject({ success, members: z.array(datasetMember), next_cursor: z.string().nullable() }),
  },
  failures: [400, 404],
})

export const deleteDataset = endpoint({
  method: 'DELETE',
  path: '/api/training/datasets/{dataset_id}',
  summary: 'Remove a dataset with its versions; the conversations stay',
  access: 'person',
  params: datasetIds,
  reply: { status: 204 },
  failures: [400, 404],
})

/** Of a small selection nearly the same conversations are looked for too; of a large one only freezing does that. */
export const previewDataset = endpoint({
  method: 'POST',
  path: '/api/training/datasets/{dataset_id}/preview',
  summary:
    'What a version would hold now and what it would leave out, without freezing it; with other settings, if given',
  access: 'person',
  params: datasetIds,
  body: z.strictObject({ selection: wantedSelection.optional(), settings: wantedSettings.optional() }),
  reply: {
    status: 200,
    body: z.strictObject({
      success,
      selected: count,
      kept: count.describe('At most: near duplicates that were not looked for are among them'),
      dropped: z.strictObject({
        too_few_turns: count,
        too_many_turns: count,
        too_long: count,
        duplicate: count,
        near_duplicate: count.nullable().describe('Null where it was not looked for them'),
      }),
      tokens: count,
    }),
  },
  failures: [400, 404],
})

export const freezeDataset = endpoint({
  method: 'POST',
  path: '/api/training/datasets/{dataset_id}/versions',
  summary: 'Freeze a version: which conversations at which revision, on which side of the split',
  access: 'person',
  params: datasetIds,
  reply: { status: 202, body: oneVersion },
  failures: [400, 404, 429],
})

export const listVersions = endpoint({
  method: 'GET',
  path: '/api/training/datasets/{dataset_id}/versions',
  summary: 'The versions of a dataset, the latest first',
  access: 'person',
  params: datasetIds,
  query: z.strictObject({ cursor: queryInteger(1, 999_999_999).optional(), limit }),
  reply: {
    status: 200,
    body: z.strictObject({ success, versions: z.array(datasetVersion), next_cursor: z.string().nullable() }),
  },
  failures: [400, 404],
})

export const getVersion = endpoint({
  method: 'GET',
  path: '/api/training/datasets/{dataset_id}/versions/{version}',
  summary: 'A version of a dataset: how far it is, and what came of it',
  access: 'person',
  params: versionIds,
  reply: { status: 200, body: oneVersion },
  failures: [400, 404],
})

/** Has no effect on what has ended. */
export const cancelVersion = endpoint({
  method: 'POST',
  path: '/api/training/datasets/{dataset_id}/versions/{version}/cancel',
  summary: 'Stop a version that waits or is being frozen',
  access: 'person',
  params: versionIds,
  reply: { status: 200, body: oneVersion },
  failures: [400, 404],
})

export const datasetItem = z.strictObject({
  conversation_id: z.guid(),
  title: z.string().nullable().describe('As it was then; null where it was erased'),
  revision: count.nullable().describe('Null where it was erased'),
  split: splitName.nullable().describe('Null where it was dropped'),
  dropped: dropReason.nullable(),
  turns: count,
  tokens: count,
  cluster_id: z.guid().nullable().describe('The first of those that say the same, or nearly'),
  similarity: z.number().nullable().describe('To the one that it is like; 1 is the very same'),
})
export type DatasetItem = z.output<typeof datasetItem>

export const listItems = endpoint({
  method: 'GET',
  path: '/api/training/datasets/{dataset_id}/versions/{version}/items',
  summary: 'What a version holds, or left out, by conversation',
  access: 'person',
  params: versionIds,
  query: z
    .strictObject({ split: splitName.optional(), dropped: dropReason.optional(), cursor: cursor.optional(), limit })
    .refine(({ split, dropped }) => split === undefined || dropped === undefined, 'must have either split or dropped'),
  reply: {
    status: 200,
    body: z.strictObject({ success, items: z.array(datasetItem), next_cursor: z.string().nullable() }),
  },
  failures: [400, 404, 409],
})

export const listClusters = endpoint({
  method: 'GET',
  path: '/api/training/datasets/{dataset_id}/versions/{version}/duplicates',
  summary: 'Groups of conversations that say the same, or nearly',
  access: 'person',
  params: versionIds,
  query: z.strictObject({ cursor: cursor.optional(), limit }),
  reply: {
    status: 200,
    body: z.strictObject({
      success,
      clusters: z.array(
        z.strictObject({
          cluster_id: z.guid(),
          conversations: count,
          /** The first of them; `items?cursor=` has no more of them. */
          items: z.array(datasetItem).max(20),
        }),
      ),
      next_cursor: z.string().nullable(),
    }),
  },
  failures: [400, 404, 409],
})

export const diffVersions = endpoint({
  method: 'GET',
  path: '/api/training/datasets/{dataset_id}/versions/{version}/diff',
  summary: 'What a version has that another has not, what it lacks, and what has changed',
  access: 'person',
  params: versionIds,
  query: z.strictObject({
    with: queryInteger(1, 999_999_999)
      .optional()
      .describe('The version that it is compared with; else the one before it'),
    cursor: cursor.optional(),
    limit,
  }),
  reply: {
    status: 200,
    body: z.strictObject({
      success,
      counts: z.strictObject({ added: count, removed: count, changed: count, moved: count, unchanged: count }),
      changes: z.array(
        z.strictObject({
          conversation_id: z.guid(),
          /** `changed`: another revision. `moved`: the same revision on another side. */
          change: z.enum(['added', 'removed', 'changed', 'moved']),
          title: z.string().nullable(),
          from: z.strictObject({ revision: count.nullable(), split: splitName }).nullable(),
          to: z.strictObject({ revision: count.nullable(), split: splitName }).nullable(),
        }),
      ),
      next_cursor: z.string().nullable(),
    }),
  },
  failures: [400, 404, 409],
})
