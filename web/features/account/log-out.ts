/** Signs out of this browser and forgets what it remembered of the person. */
import { useMutation } from '@tanstack/react-query'
import type { logout as endpoint } from '#contract/conversations/index.ts'
import { request } from '../../lib/client.ts'
import { forgetAll } from '../../lib/saved.ts'

/** Everything that is remembered per person begins with this. */
export const PERSONAL = 'person.'

export const useLogOut = () =>
  useMutation({
    mutationFn: () => request<typeof endpoint>({ method: 'POST', path: '/api/auth/logout', keepsSession: true }),
    onSuccess: () => {
      forgetAll(PERSONAL)
      // A fresh page holds nothing of the person in memory either.
      location.assign('/auth/login')
    },
  })
