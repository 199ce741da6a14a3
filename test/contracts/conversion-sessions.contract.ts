/** What every store of conversion sessions promises; each adapter runs it. */
import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConversionSession, ConversionSessions } from '#server/features/conversion/index.ts'

const HOUR = 60 * 60_000

export const keepsConversionSessions = (
  name: string,
  open: () => Promise<{ store: ConversionSessions; close(): Promise<void> }>,
) =>
  describe(`${name} as a store of conversion sessions`, () => {
    let store: ConversionSessions
    let close: () => Promise<void>
    beforeAll(async () => {
      ;({ store, close } = await open())
    })
    afterAll(() => close())

    const newHash = () => createHash('sha256').update(randomUUID()).digest('hex')
    const added = async (): Promise<ConversionSession> => {
      const createdAt = new Date()
      const expiresAt = new Date(createdAt.getTime() + 24 * HOUR)
      const session = { hash: newHash(), csrfToken: 'a-token', createdAt, expiresAt }
      await store.add(session)
      return session
    }
    const addedToken = async (sessionHash: string, jobId: string | null = randomUUID(), minutes = 10) => {
      const token = { hash: newHash(), sessionHash, jobId, expiresAt: new Date(Date.now() + minutes * 60_000) }
      await store.addToken(token)
      return token
    }
    const after = (time: Date, milliseconds: number) => new Date(time.getTime() + milliseconds)

    it('finds a session as it was added, and no other one', async () => {
      const session = await added()
      expect(await store.find(session.hash, new Date())).toEqual(session)
      expect(await store.find(newHash(), new Date())).toBeUndefined()
    })

    it('finds it until its last millisecond', async () => {
      const session = await added()
      expect(await store.find(session.hash, after(session.expiresAt, -1))).toEqual(session)
      expect(await store.find(session.hash, session.expiresAt)).toBeUndefined()
    })

    it('gives a token to one of many that take it at once', async () => {
      const { hash } = await added()
      const token = await addedToken(hash)
      const taken = await Promise.all(Array.from({ length: 50 }, () => store.takeToken(token.hash, hash, new Date())))
      expect(taken.filter((each) => each !== undefined)).toEqual([{ jobId: token.jobId }])
    })

    it('tells the token of all files from that of one', async () => {
      const { hash } = await added()
      const token = await addedToken(hash, null)
      expect(await store.takeToken(token.hash, hash, new Date())).toEqual({ jobId: null })
    })

    it('keeps a token from other sessions, where asking does not spend it', async () => {
      const [own, other] = [await added(), await added()]
      const token = await addedToken(own.hash)
      expect(await store.takeToken(token.hash, other.hash, new Date())).toBeUndefined()
      expect(await store.takeToken(newHash(), own.hash, new Date())).toBeUndefined()
      expect(await store.takeToken(token.hash, own.hash, new Date())).toEqual({ jobId: token.jobId })
    })

    it('gives a token until its last millisecond', async () => {
      const { hash } = await added()
      const [early, late] = [await addedToken(hash), await addedToken(hash)]
      expect(await store.takeToken(late.hash, hash, late.expiresAt)).toBeUndefined()
      expect(await store.takeToken(early.hash, hash, after(early.expiresAt, -1))).toEqual({ jobId: early.jobId })
    })

    it('removes a session with its tokens, and nothing of another one', async () => {
      const [own, other] = [await added(), await added()]
      const [gone, kept] = [await addedToken(own.hash), await addedToken(other.hash)]
      await store.remove(own.hash)
      expect(await store.find(own.hash, new Date())).toBeUndefined()
      expect(await store.takeToken(gone.hash, own.hash, new Date())).toBeUndefined()
      expect(await store.find(other.hash, new Date())).toEqual(other)
      expect(await store.takeToken(kept.hash, other.hash, new Date())).toEqual({ jobId: kept.jobId })
      await store.remove(own.hash)
    })

    it('sweeps nothing that lives', async () => {
      const session = await added()
      const token = await addedToken(session.hash)
      await store.sweep()
      expect(await store.find(session.hash, new Date())).toEqual(session)
      expect(await store.takeToken(token.hash, session.hash, new Date())).toEqual({ jobId: token.jobId })
    })
  })
