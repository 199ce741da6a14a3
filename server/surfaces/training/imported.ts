/** Reads conversations as others write them: messages, and ShareGPT. */
import type { BodyOf } from '#contract/endpoint.ts'
import type * as contract from '#contract/training/index.ts'
import type { TrainingContent, TrainingTurn } from '../../features/training/index.ts'

type Given = BodyOf<typeof contract.importConversations>['conversations'][number]
type Message = Extract<Given, { messages: unknown }>['messages'][number]

const ROLES = { system: 'system', human: 'user', user: 'user', gpt: 'assistant', assistant: 'assistant' } as const

/** What it says, whichever way it is written. */
export const readImported = (given: Given): { title?: string | undefined; content: TrainingContent } => ({
  title: given.title,
  content: {
    turns:
      'messages' in given
        ? given.messages.map(readMessage)
        : given.conversations.map(({ from, value }) => {
            const role = ROLES[from]
            return { role, content: value, train: role === 'assistant' }
          }),
  },
})

const readMessage = ({ role, content = null, name, tool_calls, tool_call_id, weight }: Message): TrainingTurn => ({
  role,
  content,
  ...(name === undefined ? {} : { name }),
  ...(tool_calls && {
    toolCalls: tool_calls.map((call) => ({
      id: call.id,
      name: call.function.name,
      arguments: call.function.arguments,
    })),
  }),
  ...(tool_call_id === undefined ? {} : { toolCallId: tool_call_id }),
  train: role === 'assistant' && weight !== 0,
})
