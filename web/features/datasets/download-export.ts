/** Asks for a link to a file of an export, and follows it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { downloadExport as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { follow } from '../training/download-file.ts'
import { rereadExports } from './list-exports.ts'

const GONE = 410

export const useDownloadExport = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, file }: { readonly id: string; readonly file: string }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/exports/{export_id}/download',
        params: { export_id: id },
        query: { file },
      }),
    onSuccess: ({ download_url: address, filename }) => follow(address, filename),
    // Its day is over: the list says so, and what can be done.
    onError: (error) => void (asRequestError(error).status === GONE && rereadExports(queries)),
  })
}
