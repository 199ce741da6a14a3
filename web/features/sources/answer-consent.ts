/** Grants or declines; declining what was granted erases one's words from what was taken. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { answerConsent as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export const useAnswerConsent = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, answer }: { readonly id: string; readonly answer: 'granted' | 'declined' }) =>
      request<typeof endpoint>({
        method: 'PUT',
        path: '/api/training/consents/{id}',
        params: { id },
        body: { answer },
      }),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['consents'] }),
        queries.invalidateQueries({ queryKey: ['held-words'] }),
      ]),
  })
}
