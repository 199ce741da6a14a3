/** Real conversations as training data: shown first, taken with consent, redacted for good only when approved, erased everywhere. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/training/index.ts'
import { seedConversation, seedMessage, seedReply } from '#test/support/seeds.ts'
import type { TestPerson } from '#test/support/server.ts'
import { seedTeam, seedTeamMessage } from '#test/support/team-seeds.ts'
import { success } from '../surfaces/holding.ts'
import { at, openTrainingWorld, trainingFailure, type TrainingWorld } from './world.ts'

const SOURCES = '/api/training/sources'
const CONSENTS = '/api/training/consents'
const MY_DATA = '/api/training/my-data'

let world: TrainingWorld
beforeAll(async () => {
  world = await openTrainingWorld()
})
afterAll(() => world.close())

const newPeople = async (count: number): Promise<TestPerson[]> => {
  const people: TestPerson[] = []
  for (let each = 0; each < count; each++) people.push(await world.server.newPerson())
  return people
}

const rename = (person: TestPerson, name: string) =>
  world.rows('update users set name = $2 where user_id = $1', [person.id, name])

/** A conversation of one person with a model. */
const seedChat = async (person: TestPerson, lines: readonly string[], title = 'A chat'): Promise<string> => {
  const { owner } = world.server.database
  const conversationId = await seedConversation(owner, person.id, { title })
  for (const [index, content] of lines.entries())
    await seedMessage(
      owner,
      { conversationId, ownerId: person.id },
      { role: index % 2 === 0 ? 'user' : 'assistant', content, created_at: new Date(Date.UTC(2026, 0, 3, 0, index)) },
    )
  return conversationId
}

/** Who said it, or the model. */
type Line = readonly [TestPerson | 'model', string]

/** A group that the first person leads; returns its id and those of its messages. */
const seedGroup = async (people: readonly TestPerson[], lines: readonly Line[]) => {
  const { owner } = world.server.database
  const conversationId = await seedTeam(
    owner,
    people.map(({ id: userId }) => ({ userId })),
    { title: 'Help desk' },
  )
  const messageIds: string[] = []
  for (const [who, content] of lines)
    messageIds.push(
      await seedTeamMessage(
        owner,
        { conversationId, senderId: who === 'model' ? null : who.id },
        who === 'model' ? { role: 'assistant', type: 'text', model: 'm', content } : { content },
      ),
    )
  return { conversationId, messageIds }
}

const preview = async (person: TestPerson, id: string, reading: object = {}) =>
  success(contract.previewSource, await person.request('POST', `${SOURCES}/${id}/preview`, reading))

const askToTake = async (person: TestPerson, id: string, wanted: object = {}, reading: object = {}) => {
  const shown = await preview(person, id, reading)
  const redactions = shown.redactions
    .filter(({ confidence }) => confidence >= 0.5)
    .map(({ turn_number, start, end, kind }) => ({ turn_number, start, end, kind }))
  return person.request('POST', `${SOURCES}/${id}/take`, {
    title: 'Taken',
    fingerprint: shown.fingerprint,
    redactions,
    ...reading,
    ...wanted,
  })
}

const take = async (person: TestPerson, id: string, wanted: object = {}, reading: object = {}): Promise<string> =>
  success(contract.takeSource, await askToTake(person, id, wanted, reading)).conversation_id

/** What a training conversation says now, as the database has it. */
const turnsOf = async (id: string): Promise<{ role: string; content: string; name?: string; train: boolean }[]> => {
  const [row] = await world.rows(
    'select content from training_revisions where conversation_id = $1 order by revision desc limit 1',
    [id],
  )
  return row?.content.turns
}
const textsOf = async (id: string) => (await turnsOf(id)).map(({ content }) => content)

/** All that is kept anywhere of a training conversation, as one text. */
const everythingOf = async (ownerId: string, id: string): Promise<string> =>
  JSON.stringify([
    await world.rows('select * from training_revisions where conversation_id = $1', [id]),
    await world.rows('select *, words::text from training_conversations where conversation_id = $1', [id]),
    await world.rows('select * from messages where conversation_id = $1', [id]),
    await world.rows('select * from conversations where conversation_id = $1', [id]),
    await world.rows('select * from training_log where conversation_id = $1', [id]),
    await world.rows('select * from training_redactions where conversation_id = $1', [id]),
    await world.readBlob(`${ownerId}/${id}/conversation.json`),
  ])

const ask = async (person: TestPerson, conversationId: string, purpose = 'To teach our help desk') =>
  success(contract.askForConsent, await person.request('POST', `${SOURCES}/${conversationId}/consent`, { purpose }))

const answer = (person: TestPerson, requestId: string, said: 'granted' | 'declined') =>
  person.request('PUT', `${CONSENTS}/${requestId}`, { answer: said })

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 40_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it has not come to that')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('what somebody may take', () => {
  it('are their own conversations, latest activity first, page by page', async () => {
    const [person, other] = await newPeople(2)
    const first = await seedChat(person!, ['Hello', 'Hi'], 'First')
    const second = await seedChat(person!, ['Hello', 'Hi'], 'Second')
    await seedChat(other!, ['Hello', 'Hi'], 'Foreign')
    await world.rows(`update conversations set active_at = '2026-03-01' where conversation_id = $1`, [second])
    const read = async (query: string) =>
      success(contract.listSources, await person!.request('GET', `${SOURCES}?limit=1${query}`))
    const page = await read('')
    expect(page.sources).toMatchObject([
      { conversation_id: second, kind: 'assistant', title: 'Second', taken_count: 0, consent: null },
    ])
    const next = await read(`&cursor=${page.next_cursor}`)
    expect(next).toMatchObject({ sources: [{ conversation_id: first }], next_cursor: null })
  })

  it('are team conversations that they lead', async () => {
    const [lead, member] = await newPeople(2)
    const { conversationId } = await seedGroup([lead!, member!], [])
    const read = async (person: TestPerson) =>
      success(contract.listSources, await person.request('GET', `${SOURCES}?kind=team`)).sources
    expect(await read(lead!)).toMatchObject([{ conversation_id: conversationId, kind: 'team', title: 'Help desk' }])
    expect(await read(member!)).toEqual([])
  })

  it('says what was taken already', async () => {
    const [person] = await newPeople(1)
    const id = await seedChat(person!, ['Hello', 'Hi'])
    await take(person!, id)
    const { sources } = success(contract.listSources, await person!.request('GET', SOURCES))
    expect(sources).toMatchObject([{ taken_count: 1, last_taken_at: expect.any(String) }])
  })
})

describe('the preview of a conversation with a model', () => {
  it('shows its turns, and what in them should be redacted: the same for the same value', async () => {
    const [person] = await newPeople(1)
    await rename(person!, 'Mai Nguyễn')
    const id = await seedChat(person!, [
      'I am Mai Nguyen, mail me at mai@example.org',
      'Thank you. Is MAI@example.org right? My IBAN is GB82 WEST 1234 5698 7654 32.',
    ])
    const shown = await preview(person!, id)
    expect(shown).toMatchObject({ kind: 'assistant', left_out: 0, obstacle: null })
    expect(shown.turns).toEqual([
      {
        turn_number: 1,
        role: 'user',
        name: null,
        content: 'I am Mai Nguyen, mail me at mai@example.org',
        train: false,
      },
      { turn_number: 2, role: 'assistant', name: null, content: expect.stringContaining('Is MAI@'), train: true },
    ])
    const said = shown.redactions.map(({ turn_number, start, end, replacement }) => [
      shown.turns[turn_number - 1]!.content.slice(start, end),
      replacement,
    ])
    expect(said).toEqual([
      ['Mai Nguyen', '[PERSON_A]'],
      ['mai@example.org', '[EMAIL_1]'],
      ['MAI@example.org', '[EMAIL_1]'],
      ['GB82 WEST 1234 5698 7654 32', '[IBAN_1]'],
    ])
  })

  it('gives away no replacement that stands in the text already', async () => {
    const [person] = await newPeople(1)
    const id = await seedChat(person!, ['What is [EMAIL_1]? Mine is a@example.org', 'A placeholder.'])
    expect((await preview(person!, id)).redactions).toMatchObject([{ replacement: '[EMAIL_2]' }])
  })

  it('learns nothing from an answer that was cut off', async () => {
    const [person] = await newPeople(1)
    const id = await seedChat(person!, ['Hello', 'I wanted to'])
    await world.rows(`update messages set status = 'truncated' where conversation_id = $1 and role = 'assistant'`, [id])
    expect(await preview(person!, id)).toMatchObject({
      turns: [{ train: false }, { train: false }],
      obstacle: 'nothing_to_learn',
    })
  })

  it('is of a part of it, and merges turns of one role if one wants', async () => {
    const [person] = await newPeople(1)
    const id = await seedChat(person!, ['One', 'Two', 'Three', 'Four'])
    await world.rows(`update messages set role = 'user' where content = 'Two' and conversation_id = $1`, [id])
    const [from] = await world.rows(`select message_id from messages where content = 'Two' and conversation_id = $1`, [
      id,
    ])
    const texts = async (reading: object) =>
      (await preview(person!, id, reading)).turns.map(({ content }: contract.SourceTurn) => content)
    expect(await texts({})).toEqual(['One\n\nTwo\n\nThree', 'Four'])
    expect(await texts({ merge_turns: false })).toEqual(['One', 'Two', 'Three', 'Four'])
    expect(await texts({ from_message_id: from.message_id })).toEqual(['Two\n\nThree', 'Four'])
    expect(await texts({ to_message_id: from.message_id })).toEqual(['One\n\nTwo'])
    trainingFailure(await person!.request('POST', `${SOURCES}/${id}/preview`, { to_message_id: randomUUID() }), 400)
  })

  it('refuses what no training conversation can hold', async () => {
    const [person] = await newPeople(1)
    const id = await seedChat(
      person!,
      Array.from({ length: 10 }, () => 'x '.repeat(24_000)),
    )
    trainingFailure(await person!.request('POST', `${SOURCES}/${id}/preview`, {}), 413)
  })

  it("is nobody else's", async () => {
    const [person] = await newPeople(1)
    const id = await seedChat(person!, ['Hello', 'Hi'])
    for (const path of ['preview', 'take', 'consent']) {
      const bodies = {
        preview: {},
        take: { title: 't', fingerprint: 'x'.repeat(43), redactions: [] },
        consent: { purpose: 'p' },
      }
      const asked = await world.stranger.request('POST', `${SOURCES}/${id}/${path}`, bodies[path as 'take'])
      trainingFailure(asked, 404, 'Conversation not found')
    }
  })
})

describe('taking a conversation', () => {
  it('keeps what was accepted out of everything, and what was rejected in', async () => {
    const [person] = await newPeople(1)
    const id = await seedChat(person!, [
      'Write to secret@example.org or open@example.org, says Zebedee',
      'I will write to secret@example.org.',
    ])
    const shown = await preview(person!, id)
    const text = shown.turns[0]!.content
    const accepted = shown.redactions
      .filter(({ turn_number, start, end }) =>
        shown.turns[turn_number - 1]!.content.slice(start, end).startsWith('secret'),
      )
      .map(({ turn_number, start, end, kind }) => ({ turn_number, start, end, kind }))
    const added = { turn_number: 1, start: text.indexOf('Zebedee'), end: text.length, kind: 'name' }
    const taken = success(
      contract.takeSource,
      await person!.request('POST', `${SOURCES}/${id}/take`, {
        title: 'Two addresses',
        tier: 'template',
        fingerprint: shown.fingerprint,
        redactions: [...accepted, added],
      }),
    )
    expect(taken).toMatchObject({ success: true, turn_count: 2, redaction_count: 3 })
    expect(await textsOf(taken.conversation_id)).toEqual([
      'Write to [EMAIL_1] or open@example.org, says [NAME_1]',
      'I will write to [EMAIL_1].',
    ])
    const everything = await everythingOf(person!.id, taken.conversation_id)
    expect(everything).toContain('open@example.org')
    expect(everything).not.toMatch(/secret@example|Zebedee/i)
    const [record] = await world.rows('select * from training_conversations where conversation_id = $1', [
      taken.conversation_id,
    ])
    expect(record).toMatchObject({
      origin: 'taken',
      source_id: id,
      title: 'Two addresses',
      tier: 'template',
      status: 'pending_review',
      processing_status: 'completed',
      revision: 1,
    })
  })

  it('is refused when it is not what was shown', async () => {
    const [person] = await newPeople(1)
    const id = await seedChat(person!, ['Hello', 'Hi'])
    const { fingerprint } = await preview(person!, id)
    await world.rows(`update messages set content = 'Hello there' where conversation_id = $1 and role = 'user'`, [id])
    const asked = await person!.request('POST', `${SOURCES}/${id}/take`, { title: 't', fingerprint, redactions: [] })
    trainingFailure(asked, 409)
    expect(await world.rows('select 1 from training_conversations where source_id = $1', [id])).toEqual([])
  })

  it.each([
    ['outside of their turn', [{ turn_number: 1, start: 0, end: 99, kind: 'other' }]],
    ['of no turn', [{ turn_number: 3, start: 0, end: 1, kind: 'other' }]],
    ['that are empty', [{ turn_number: 1, start: 1, end: 1, kind: 'other' }]],
    ['that cut a character in two', [{ turn_number: 1, start: 0, end: 1, kind: 'other' }]],
    [
      'that overlap',
      [
        { turn_number: 2, start: 0, end: 2, kind: 'other' },
        { turn_number: 2, start: 1, end: 2, kind: 'other' },
      ],
    ],
  ])('is refused with redactions %s', async (_, redactions) => {
    const [person] = await newPeople(1)
    const id = await seedChat(person!, ['😀 Hello', 'Hi'])
    trainingFailure(await askToTake(person!, id, { redactions }), 400)
  })
})

describe('what was redacted', () => {
  const takenBy = async (person: TestPerson) => {
    const id = await seedChat(person, ['I am at +84 912 345 678 or 0912.345.678, key sk-abcdefghijklmnop1234', 'Good.'])
    return take(person, id)
  }
  const redactionsOf = async (person: TestPerson, id: string) =>
    success(contract.listRedactions, await person.request('GET', at(id, '/redactions')))
  const restore = (person: TestPerson, id: string, replacement: string) =>
    person.request('POST', at(id, '/redactions/restore'), { replacement })

  it('is shown to its owner, sealed in the database', async () => {
    const [person] = await newPeople(1)
    const id = await takenBy(person!)
    expect(await redactionsOf(person!, id)).toEqual({
      is_final: false,
      redactions: [
        { replacement: '[PHONE_1]', kind: 'phone', value: '+84 912 345 678', turn_numbers: [1] },
        { replacement: '[SECRET_1]', kind: 'secret', value: 'sk-abcdefghijklmnop1234', turn_numbers: [1] },
      ],
    })
    expect(await everythingOf(person!.id, id)).not.toMatch(/912[ .]345|sk-abc/)
    trainingFailure(await world.stranger.request('GET', at(id, '/redactions')), 404)
    trainingFailure(await restore(world.stranger, id, '[PHONE_1]'), 404)
  })

  it('can be put back as it was spelled, one by one', async () => {
    const [person] = await newPeople(1)
    const id = await takenBy(person!)
    const { revision } = success(contract.restoreRedaction, await restore(person!, id, '[PHONE_1]'))
    expect(revision).toBe(2)
    expect((await textsOf(id))[0]).toBe('I am at +84 912 345 678 or 0912.345.678, key [SECRET_1]')
    expect((await redactionsOf(person!, id)).redactions.map(({ replacement }) => replacement)).toEqual(['[SECRET_1]'])
    trainingFailure(await restore(person!, id, '[PHONE_1]'), 404)
  })

  it('is final when the conversation is approved, however its status changes then', async () => {
    const [person] = await newPeople(1)
    const id = await takenBy(person!)
    for (const status of ['approved', 'pending_review']) {
      expect(await person!.request('PATCH', at(id, '/status'), { status })).toMatchObject({ status: 200 })
      expect(await redactionsOf(person!, id)).toEqual({ is_final: true, redactions: [] })
      trainingFailure(await restore(person!, id, '[PHONE_1]'), 409)
    }
    expect(await world.rows('select 1 from training_redactions where conversation_id = $1', [id])).toEqual([])
  })
})

describe('consent', () => {
  it('is asked of everybody in a conversation, who see who asks and what for, and told to who asked', async () => {
    const [lead, bo, cy] = await newPeople(3)
    const { conversationId } = await seedGroup([lead!, bo!, cy!], [[bo!, 'Hello']])
    const question = await ask(lead!, conversationId)
    expect(question).toMatchObject({ conversation_id: conversationId, counts: { waiting: 2, granted: 0, declined: 0 } })
    // Their pages hear of it.
    expect(
      await world.rows('select person_id from team_events where conversation_id = $1 and kind = $2', [
        conversationId,
        'conversation-changed',
      ]),
    ).toEqual([{ person_id: null }])
    const { consents } = success(contract.listConsents, await bo!.request('GET', CONSENTS))
    expect(consents).toMatchObject([
      {
        request_id: question.request_id,
        conversation: { id: conversationId, title: 'Help desk' },
        asker: { id: lead!.id },
        purpose: 'To teach our help desk',
        answer: 'waiting',
        answered_at: null,
      },
    ])
    expect(success(contract.answerConsent, await answer(bo!, question.request_id, 'granted'))).toMatchObject({
      answer: 'granted',
      answered_at: expect.any(String),
    })
    const { answers, question: now } = success(
      contract.listAnswers,
      await lead!.request('GET', `${SOURCES}/${conversationId}/consent`),
    )
    expect(now.counts).toEqual({ waiting: 1, granted: 1, declined: 0 })
    expect(Object.fromEntries(answers.map(({ person, answer: said }) => [person.id, said]))).toEqual({
      [bo!.id]: 'granted',
      [cy!.id]: 'waiting',
    })
    const waiting = await bo!.request('GET', `${CONSENTS}?answer=waiting`)
    expect(success(contract.listConsents, waiting).consents).toEqual([])
  })

  it('is asked once for one purpose, and anew for another; whoever comes later has not answered', async () => {
    const [lead, bo, late] = await newPeople(3)
    const { conversationId } = await seedGroup([lead!, bo!], [])
    const first = await ask(lead!, conversationId)
    await answer(bo!, first.request_id, 'granted')
    expect(await ask(lead!, conversationId)).toMatchObject({ request_id: first.request_id, counts: { granted: 1 } })
    await lead!.request('POST', `/api/team/conversations/${conversationId}/members`, { personIds: [late!.id] })
    expect(await ask(lead!, conversationId)).toMatchObject({ counts: { waiting: 1, granted: 1 } })
    const second = await ask(lead!, conversationId, 'For something else')
    expect(second.request_id).not.toBe(first.request_id)
    expect(second.counts).toEqual({ waiting: 2, granted: 0, declined: 0 })
    trainingFailure(await answer(bo!, first.request_id, 'granted'), 404)
  })

  it('can be asked by those who lead only, answered by those who are asked only, and taken back by who asked', async () => {
    const [lead, bo] = await newPeople(2)
    const { conversationId } = await seedGroup([lead!, bo!], [])
    const path = `${SOURCES}/${conversationId}/consent`
    trainingFailure(await bo!.request('POST', path, { purpose: 'p' }), 404)
    const { request_id } = await ask(lead!, conversationId)
    trainingFailure(await answer(lead!, request_id, 'granted'), 404)
    trainingFailure(await answer(world.stranger, request_id, 'granted'), 404)
    trainingFailure(await bo!.request('GET', path), 404)
    trainingFailure(await bo!.request('DELETE', path), 404)
    expect(await world.rows('select * from consents where request_id = $1', [request_id])).toEqual([])
    success(contract.stopAsking, await lead!.request('DELETE', path))
    trainingFailure(await lead!.request('GET', path), 404)
    expect(success(contract.listConsents, await bo!.request('GET', CONSENTS)).consents).toEqual([])
  })

  it('can be given by somebody who has left and whose words are still there', async () => {
    const [lead, bo, silent] = await newPeople(3)
    const { conversationId } = await seedGroup([lead!, bo!, silent!], [[bo!, 'Hello']])
    for (const person of [bo!, silent!])
      await lead!.request('DELETE', `/api/team/conversations/${conversationId}/members/${person.id}`)
    const { request_id } = await ask(lead!, conversationId)
    trainingFailure(await answer(silent!, request_id, 'granted'), 404)
    expect(await answer(bo!, request_id, 'granted')).toMatchObject({ status: 200 })
  })
})

describe('a team conversation', () => {
  const lines = (lead: TestPerson, bo: TestPerson, cy: TestPerson): Line[] => [
    [bo, 'How do I reset my password?'],
    ['model', 'Bo, open the settings.'],
    [cy, 'And I, Cy?'],
    ['model', 'The same, Cy.'],
    [lead, 'Thanks to all'],
    ['model', 'You are welcome.'],
  ]
  const openGroup = async () => {
    const [lead, bo, cy] = (await newPeople(3)) as [TestPerson, TestPerson, TestPerson]
    await Promise.all([rename(lead, 'Lea Lead'), rename(bo, 'Bo Bauer'), rename(cy, 'Cyrus Cole')])
    const group = await seedGroup([lead, bo, cy], lines(lead, bo, cy))
    return { lead, bo, cy, ...group, question: await ask(lead, group.conversationId) }
  }

  it('cannot be taken until everybody has answered whose words are in it, unless one need not wait', async () => {
    const { lead, bo, conversationId, question } = await openGroup()
    expect(await preview(lead, conversationId)).toMatchObject({ obstacle: 'consent_missing', left_out: 4 })
    trainingFailure(await askToTake(lead, conversationId), 409)
    await answer(bo, question.request_id, 'granted')
    trainingFailure(await askToTake(lead, conversationId), 409)
    const id = await take(lead, conversationId, { wait_for_everybody: false })
    expect(await everythingOf(lead.id, id)).not.toMatch(/And I|The same/)
  })

  it('holds the words of those who consented, under names that tell nothing, and answers to them', async () => {
    const { lead, bo, cy, conversationId, question } = await openGroup()
    await answer(bo, question.request_id, 'granted')
    await answer(cy, question.request_id, 'declined')
    const shown = await preview(lead, conversationId)
    expect(shown.obstacle).toBeNull()
    expect(shown.people.map(({ pseudonym, consent, message_count }) => [pseudonym, consent, message_count])).toEqual([
      ['Person A', 'granted', 1],
      ['Person B', 'declined', 1],
      ['Person C', 'self', 1],
    ])
    const id = await take(lead, conversationId)
    expect(await turnsOf(id)).toEqual([
      { role: 'user', name: 'Person A', content: 'How do I reset my password?', train: false },
      { role: 'assistant', content: '[PERSON_A], open the settings.', train: true },
      { role: 'user', name: 'Person C', content: 'Thanks to all', train: false },
      { role: 'assistant', content: 'You are welcome.', train: true },
    ])
    expect(await everythingOf(lead.id, id)).not.toMatch(/Bauer|Cyrus|The same/)
  })

  it('says where something is missing, if one wants', async () => {
    const { lead, bo, cy, conversationId, question } = await openGroup()
    await answer(bo, question.request_id, 'granted')
    await answer(cy, question.request_id, 'declined')
    const id = await take(lead, conversationId, {}, { without_consent: 'placeholder' })
    expect((await turnsOf(id)).slice(2, 4)).toEqual([
      { role: 'user', content: '[LEFT_OUT]', train: false },
      { role: 'assistant', content: '[LEFT_OUT]', train: false },
    ])
  })

  it('counts an answer as words of who asked, even when others spoke in between', async () => {
    const { owner } = world.server.database
    const [lead, bo] = (await newPeople(2)) as [TestPerson, TestPerson]
    const { conversationId, messageIds } = await seedGroup(
      [lead, bo],
      [
        [lead, 'Mine?'],
        ['model', 'Yours.'],
        [bo, 'What is my debt?'],
        [lead, 'Hm.'],
        ['model', 'A million.'],
      ],
    )
    const place = { conversationId, ownerId: bo.id }
    await seedReply(owner, place, { status: 'complete', question_id: messageIds[2]!, message_id: messageIds[4]! })
    const { request_id } = await ask(lead, conversationId)
    await answer(bo, request_id, 'declined')
    expect(await textsOf(await take(lead, conversationId))).toEqual(['Mine?', 'Yours.', 'Hm.'])
  })

  it('is read as it is shown: what was said in a thread stands behind the message that it hangs on', async () => {
    const { owner } = world.server.database
    const [lead] = (await newPeople(1)) as [TestPerson]
    const { conversationId, messageIds } = await seedGroup(
      [lead],
      [
        [lead, 'First'],
        [lead, 'Second'],
      ],
    )
    const place = { conversationId, senderId: lead.id }
    await seedTeamMessage(owner, place, { content: 'About the first', thread_id: messageIds[0]! })
    await seedTeamMessage(owner, place, { content: '', deleted_at: new Date() })
    const texts = async (reading: object) =>
      (await preview(lead, conversationId, { merge_turns: false, ...reading })).turns.map(({ content }) => content)
    expect(await texts({})).toEqual(['First', 'About the first', 'Second'])
    expect(await texts({ from_message_id: messageIds[1] })).toEqual(['Second'])
    expect(await texts({ to_message_id: messageIds[0] })).toEqual(['First', 'About the first'])
  })

  it('can be learned from a person, too', async () => {
    const [lead, bo] = (await newPeople(2)) as [TestPerson, TestPerson]
    const { conversationId } = await seedGroup(
      [lead, bo],
      [
        [bo, 'Is it open?'],
        [lead, 'Until six.'],
      ],
    )
    const { request_id } = await ask(lead, conversationId)
    await answer(bo, request_id, 'granted')
    expect(await preview(lead, conversationId)).toMatchObject({ obstacle: 'nothing_to_learn' })
    trainingFailure(await askToTake(lead, conversationId), 409)
    const id = await take(lead, conversationId, {}, { assistant_person_id: lead.id })
    expect(await turnsOf(id)).toMatchObject([
      { role: 'user', content: 'Is it open?' },
      { role: 'assistant', content: 'Until six.', train: true },
    ])
  })

  it('is taken by those who lead it only', async () => {
    const { bo, conversationId } = await openGroup()
    trainingFailure(await bo.request('POST', `${SOURCES}/${conversationId}/preview`, {}), 404)
  })

  it('gives nothing of somebody who declines while it is being taken', async () => {
    const { lead, bo, cy, conversationId, question } = await openGroup()
    await Promise.all([answer(bo, question.request_id, 'granted'), answer(cy, question.request_id, 'granted')])
    const shown = await preview(lead, conversationId)
    for (let round = 0; round < 5; round++) {
      await answer(cy, question.request_id, 'granted')
      const [taken] = await Promise.all([
        lead.request('POST', `${SOURCES}/${conversationId}/take`, {
          title: 'Raced',
          fingerprint: shown.fingerprint,
          redactions: [],
        }),
        answer(cy, question.request_id, 'declined'),
      ])
      expect([201, 404, 409]).toContain(taken.status)
    }
    await until(async () => (await world.rows('select 1 from training_words where doomed_at is not null')).length === 0)
    const left = await world.rows(
      `select r.content::text from training_revisions r join training_conversations using (conversation_id)
       where source_id = $1`,
      [conversationId],
    )
    expect(JSON.stringify(left)).not.toMatch(/And I|The same/)
  })
})

describe('erasure', () => {
  const openTaken = async () => {
    const [lead, bo, cy] = (await newPeople(3)) as [TestPerson, TestPerson, TestPerson]
    const { conversationId, messageIds } = await seedGroup(
      [lead, bo, cy],
      [
        [bo, 'Bo speaks of elephants, bo@example.org'],
        ['model', 'Elephants, I see.'],
        [cy, 'Cy speaks of giraffes, cy@example.org'],
        ['model', 'Giraffes, I see.'],
      ],
    )
    const { request_id } = await ask(lead, conversationId)
    await answer(bo, request_id, 'granted')
    await answer(cy, request_id, 'granted')
    const id = await take(lead, conversationId)
    return { lead, bo, cy, conversationId, messageIds, request_id, id }
  }
  const isElephantGone = async (ownerId: string, id: string) =>
    !/elephant|bo@example/i.test(await everythingOf(ownerId, id))

  it('by who takes their consent back reaches every revision, message, file and redaction, and nobody else', async () => {
    const { lead, bo, request_id, id } = await openTaken()
    const edited = await lead.request('PATCH', at(id, '/turns/2'), { content: 'Elephants are grey.', revision: 1 })
    expect(edited).toMatchObject({ status: 200 })
    await answer(bo, request_id, 'declined')
    expect(await textsOf(id)).toEqual(['Cy speaks of giraffes, [EMAIL_2]', 'Giraffes, I see.'])
    expect(await isElephantGone(lead.id, id)).toBe(true)
    expect(await world.readBlob(`${lead.id}/${id}/conversation.json`)).toContain('giraffes')
    const revisions = await world.rows('select revision, reason from training_revisions where conversation_id = $1', [
      id,
    ])
    expect(revisions).toEqual([{ revision: 3, reason: 'erased' }])
    const log = await world.rows(
      `select action, details from training_log where conversation_id = $1 and action = 'erase'`,
      [id],
    )
    expect(log).toEqual([{ action: 'erase', details: expect.objectContaining({ turns: 2 }) }])
    // What is left of the redactions stands under the new numbers.
    const { redactions } = success(contract.listRedactions, await lead.request('GET', at(id, '/redactions')))
    expect(redactions).toEqual([
      { replacement: '[EMAIL_2]', kind: 'email', value: 'cy@example.org', turn_numbers: [1] },
    ])
  })

  it('goes on with the right turns when another person takes theirs out later', async () => {
    const { lead, bo, cy, request_id, id } = await openTaken()
    await answer(bo, request_id, 'declined')
    await answer(cy, request_id, 'declined')
    // Nothing is left that could be learned from.
    trainingFailure(await lead.request('GET', at(id)), 404)
    const log = await world.rows(
      `select details from training_log where conversation_id = $1 and action = 'erase' order by at, log_id`,
      [id],
    )
    expect(log).toEqual([{ details: expect.objectContaining({ turns: 2 }) }, { details: { removed: true } }])
    expect(await world.rows('select 1 from conversations where conversation_id = $1', [id])).toEqual([])
    expect(await world.readBlob(`${lead.id}/${id}/conversation.json`)).toBeUndefined()
  })

  it('follows when a message is deleted where it was said, by whomever', async () => {
    const { lead, messageIds, id } = await openTaken()
    expect(await lead.request('DELETE', `/api/team/messages/${messageIds[0]}`)).toMatchObject({ status: 204 })
    await until(() => isElephantGone(lead.id, id))
    expect(await textsOf(id)).toEqual(['Cy speaks of giraffes, [EMAIL_2]', 'Giraffes, I see.'])
  })

  it('follows when a person is deleted', async () => {
    const { lead, bo, id } = await openTaken()
    await world.rows('delete from users where user_id = $1', [bo.id])
    await until(() => isElephantGone(lead.id, id))
    expect(await textsOf(id)).toEqual(['Cy speaks of giraffes, [EMAIL_2]', 'Giraffes, I see.'])
  })

  it('leaves training data alone when the conversation itself is deleted, and its people still find and erase it', async () => {
    const { lead, bo, conversationId, id } = await openTaken()
    expect(await lead.request('DELETE', `/api/team/conversations/${conversationId}`)).toMatchObject({ status: 204 })
    expect(await textsOf(id)).toHaveLength(4)
    const { data } = success(contract.listHeldWords, await bo.request('GET', MY_DATA))
    expect(data).toMatchObject([{ id, owner: { id: lead.id }, source: null, message_count: 2 }])
    success(contract.eraseHeldWords, await bo.request('DELETE', `${MY_DATA}/${id}`))
    expect(await isElephantGone(lead.id, id)).toBe(true)
    expect(success(contract.listHeldWords, await bo.request('GET', MY_DATA)).data).toEqual([])
  })

  it('tells everybody where their words are, and whose they are not', async () => {
    const { lead, bo, conversationId, id } = await openTaken()
    const held = async (person: TestPerson) =>
      success(contract.listHeldWords, await person.request('GET', MY_DATA)).data
    expect(await held(bo)).toEqual([
      {
        id,
        owner: { id: lead.id, name: expect.any(String) },
        source: { id: conversationId, title: 'Help desk' },
        message_count: 2,
        taken_at: expect.any(String),
      },
    ])
    expect(await held(lead)).toEqual([])
    for (const person of [world.stranger, lead])
      trainingFailure(await person.request('DELETE', `${MY_DATA}/${id}`), 404)
    expect(await textsOf(id)).toHaveLength(4)
  })

  it('of what stays leaves the owner free to edit, and no one to bring it back', async () => {
    const { lead, bo, request_id, id } = await openTaken()
    await answer(bo, request_id, 'declined')
    trainingFailure(await lead.request('POST', at(id, '/restore'), { revision: 1 }), 404)
    trainingFailure(await lead.request('POST', at(id, '/redactions/restore'), { replacement: '[EMAIL_1]' }), 404)
    const edited = await lead.request('PATCH', at(id, '/turns/2'), { content: 'Tall ones.', revision: 2 })
    expect(edited).toMatchObject({ status: 200 })
  })

  it('reaches datasets and what was exported of them', async () => {
    const { lead, bo, request_id, id } = await openTaken()
    await lead.request('PATCH', at(id, '/status'), { status: 'approved' })
    const other = await world.seedConversation(lead, { columns: { status: 'approved' } })
    const made = await lead.request('POST', '/api/training/datasets', {
      name: 'All',
      selection: { include: [id, other.id] },
      settings: { duplicates: 'keep' },
    })
    const dataset_id: string = made.body.dataset.id
    await lead.request('POST', `/api/training/datasets/${dataset_id}/versions`)
    const versionOf = async () =>
      (await lead.request('GET', `/api/training/datasets/${dataset_id}/versions/1`)).body.version
    await until(async () => (await versionOf()).status === 'completed')
    const exported = async (): Promise<string> => {
      const targets = [{ id: 'messages', options: {} }]
      const begun = await lead.request('POST', '/api/training/exports', { dataset_id, version: 1, targets })
      const exportId: string = begun.body.export_id
      await until(async () =>
        ['completed', 'failed'].includes(
          (await lead.request('GET', `/api/training/exports/${exportId}`)).body.export.status,
        ),
      )
      return exportId
    }
    const linkOf = (exportId: string) => lead.request('GET', `/api/training/exports/${exportId}/download`)
    const before = await exported()
    const { pathname, search } = new URL((await linkOf(before)).body.download_url)
    expect((await fetch(world.server.url + pathname + search)).status).toBe(200)

    await answer(bo, request_id, 'declined')
    trainingFailure(await linkOf(before), 410)
    expect((await fetch(world.server.url + pathname + search)).status).toBeGreaterThanOrEqual(400)
    expect(await versionOf()).toMatchObject({ erased: 1 })
    const after = await exported()
    const link = new URL((await linkOf(after)).body.download_url)
    const bytes = Buffer.from(await (await fetch(world.server.url + link.pathname + link.search)).arrayBuffer())
    expect(bytes.toString('latin1')).not.toMatch(/elephant|giraffe/i)
  })
})
