/** Puts the program together: the only file, with main.ts, that knows everybody. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply } from 'fastify'
import type pg from 'pg'
import { statement } from '#db/statement.ts'
import { attemptEach } from '#kernel/attempt-each.ts'
import { type Clock, systemClock } from '#kernel/clock.ts'
import { newUuid } from '#kernel/ids.ts'
import { diskBlobStore } from './adapters/blobs/disk.ts'
import { diskQuarantine } from './adapters/blobs/quarantine.ts'
import { s3BlobStore } from './adapters/blobs/s3.ts'
import { openEngines } from './adapters/engines/index.ts'
import { openSandbox } from './adapters/engines/sandbox.ts'
import { videoFrames } from './adapters/engines/video-frame.ts'
import { diskWorkFolders } from './adapters/engines/work-folders.ts'
import { jwtVerifier } from './adapters/jwt/index.ts'
import { demoProvider } from './adapters/llm/demo.ts'
import { localModels } from './adapters/llm/local-models.ts'
import { openAiCompatibleProvider } from './adapters/llm/openai-compatible.ts'
import { openMedia } from './adapters/media/index.ts'
import { redisSessions } from './adapters/kv/redis-sessions.ts'
import { argon2Passwords } from './adapters/passwords/index.ts'
import { openDoor } from './adapters/postgres/door.ts'
import { pgNoticeBoard } from './adapters/postgres/notice-board.ts'
import { openTextThreads } from './adapters/texts/index.ts'
import { clamdScanner, noScanner } from './adapters/scanner/clamd.ts'
import { beginWriting } from './adapters/training-files/index.ts'
import {
  credentialSigner,
  type Keyring,
  linkSigner,
  newSecretKey,
  secretBox,
  ticketBox,
} from './adapters/secrets/index.ts'
import type { Config } from './config.ts'
import {
  type Accounts,
  makeAccounts,
  type PasswordHasher,
  pgAccountStores,
  SESSION_IDLE,
} from './features/accounts/index.ts'
import {
  makeCreateConversation,
  makeDeleteConversation,
  makeExplainHidden,
  makeGetConversation,
  makeListByActivity,
  makeListByCreation,
  makeRenameConversation,
  pgConversationStore,
} from './features/conversations/index.ts'
import {
  type Engine,
  makeConversionUploads,
  makeFindOffer,
  makeSessionJobs,
  makeSessions,
  makeFileConversions,
  type Pace,
  pgConversionSessions,
  pgJobQueue,
  pgJobStore,
  SESSION_MS,
  startConversions,
  startJobMirror,
} from './features/conversion/index.ts'
import {
  makeCountTokens,
  makeDatasets,
  makeExports,
  makeReports,
  pgDatasetStore,
  pgExportQueue,
  pgExportStore,
  pgVersionQueue,
  startExports,
  startFreezing,
} from './features/datasets/index.ts'
import {
  makeFollowLink,
  makeGetFile,
  makeListFiles,
  makeListFileSenders,
  makeReadPicture,
  makeRemoveUpload,
  makeResumableUploads,
  makeSweepBlobs,
  makeSignLink,
  makeSweepFiles,
  makeUploads,
  pgFileListStore,
  pgFileStore,
  pgUploadStore,
} from './features/files/index.ts'
import { pgCallQueue, pgGenerationStore, startGeneration } from './features/generation/index.ts'
import { pgEventLog, startLive } from './features/live/index.ts'
import {
  makeListMessagePage,
  makeListMessages,
  makeListSharedMessages,
  makeTeamMessages,
  pgMessageStore,
  pgTaskStore,
  pgTeamMessageStore,
  pgWorkTypeStore,
} from './features/messages/index.ts'
import {
  type Liveness,
  makeResolveModel,
  type ModelSources,
  pgReplyStore,
  startReplies,
} from './features/replies/index.ts'
import {
  makeCarryOutOnce,
  makeSweepRequestKeys,
  pgClaimingDatabase,
  pgRequestKeyStore,
} from './features/request-keys/index.ts'
import { makeScaffolding, pgCoverageStore, pgScaffoldStore, pgTemplateStore } from './features/scaffolding/index.ts'
import { pgConsentStore, pgSourceStore, startSources } from './features/sources/index.ts'
import { makeTeams, pgTeamStore } from './features/teams/index.ts'
import {
  makeTrainingDesk,
  makeTrainingDownloads,
  makeTrainings,
  pgLogStore,
  pgTrainingStore,
  startWritingFiles,
} from './features/training/index.ts'
import type { Listener } from './listener.ts'
import { appSurface } from './surfaces/app/index.ts'
import { chatV1Surface, uuidOfChatV1 } from './surfaces/chat-v1/index.ts'
import { conversationsSurface } from './surfaces/conversations/index.ts'
import { conversionSurface } from './surfaces/conversion/index.ts'
import { messagesSurface } from './surfaces/messages/index.ts'
import { presentMessage } from './surfaces/messages/present.ts'
import { refusingCrossSite } from './surfaces/shared/cross-site.ts'
import { type EventStreams, makeEventStreams } from './surfaces/shared/event-stream.ts'
import { buildHttpServer } from './surfaces/shared/http-server.ts'
import { makeIdentify } from './surfaces/shared/identify.ts'
import { sessionCookie } from './surfaces/shared/session-cookie.ts'
import { makeStreamTickets } from './surfaces/shared/stream-tickets.ts'
import { trainingSurface } from './surfaces/training/index.ts'
import { trustingUserHeader } from './surfaces/training/user-header.ts'

export interface ComposeOptions {
  readonly config: Config
  readonly logger: FastifyBaseLogger
  readonly keys: Keyring
  /** How the two login roles reach the database. */
  readonly database: { readonly app: pg.PoolConfig; readonly system: pg.PoolConfig }
  /** No other server can be using the database. */
  readonly isAlone: boolean
  readonly listener: Listener
  readonly clock?: Clock
  /** How often streams are looked after, in milliseconds, where tests can't wait as long as people. */
  readonly heartbeatMs?: number | undefined
  /** How it is known which servers live: tests are in more of a hurry. */
  readonly liveness?: Liveness | undefined
  /** How passwords are hashed: tests that ask for many accounts can't pay the full price for each. */
  readonly passwords?: PasswordHasher | undefined
  /** What converts, instead of the engines of this machine. */
  readonly engines?: readonly Engine[] | undefined
  /** How often the worker looks after its conversions. */
  readonly conversionPace?: Pace | undefined
}

export interface Program {
  /** How many replies are being written and files converted, and how many readers follow, for the log. */
  counts(): { running: number; readers: number }
  /**
   * Ends in order: streams and replies, then connections, then the database. `graceMs`: what replies get to finish.
   * What fails keeps nothing else from being ended; it is thrown at the end, as an AggregateError.
   */
  shutDown(graceMs: number): Promise<void>
}

/** How often what has expired is swept, in milliseconds. */
const SWEEP_MS = 10 * 60_000
/** How long after a failure what must be done is tried again, in milliseconds. */
const RETRY_MS = 1_000

export const compose = async (options: ComposeOptions): Promise<Program> => {
  const { config, logger, keys, listener, clock = systemClock } = options
  const publicUrl = config.publicUrl.href
  const report = (error: unknown, what: string) => logger.error({ err: error, what }, 'work in the background failed')

  const db = openDoor({
    ...options.database,
    clock,
    onSystemUse: (reason) => logger.trace({ reason }, 'acting as the system'),
    onConnectionError: (error) => logger.warn({ err: error }, 'a database connection broke'),
  })

  const accounts = makeAccounts({
    stores: pgAccountStores(db),
    passwords: options.passwords ?? argon2Passwords(),
    credentials: credentialSigner(keys),
    box: secretBox(keys, 'provider-key'),
    tokens: config.auth && jwtVerifier({ ...config.auth, clock, onProblem: (error) => report(error, 'issuer keys') }),
    signup: config.signup,
    newId: newUuid,
    clock,
    onRevoked: (hashes) => {
      for (const hash of hashes) {
        const credential = hash.toString('hex')
        streams.closeOf(credential)
        replies.announceRevoked(credential)
      }
    },
    onBackgroundProblem: (error) => report(error, 'sign-in use'),
  })

  const streams = withCredentials(
    makeEventStreams({ now: () => clock.now().getTime(), heartbeatMs: options.heartbeatMs }),
  )
  const endOrphanedStreams = untilDone(
    async () => {
      const open = streams.credentials().map((credential) => Buffer.from(credential, 'hex'))
      for (const hash of await accounts.listEndedSignIns(open)) streams.closeOf(hash.toString('hex'))
    },
    (error) => report(error, 'streams of ended sign-ins'),
  )
  const claimingDb = pgClaimingDatabase(db, clock)
  const requestKeys = pgRequestKeyStore(db)
  const conversations = pgConversationStore(claimingDb)
  const messages = pgMessageStore(db)
  const fileList = pgFileListStore(db)
  const files = pgFileStore(db)
  const blobs = config.s3
    ? s3BlobStore(config.s3)
    : diskBlobStore(path.join(config.dataDir, 'blobs'), config.xAccelPrefix)
  const quarantine = diskQuarantine(path.join(config.dataDir, 'quarantine'))
  const sweepBlobs = makeSweepBlobs({ store: files, blobs, quarantine })
  const notices = pgNoticeBoard({
    db,
    connection: options.database.system,
    onError: (error) => report(error, 'notices'),
    ...(options.liveness === undefined ? {} : { pulseMs: options.liveness.beatMs }),
  })
  const sources = modelSources(config, clock, accounts)
  const replies = await startReplies({
    store: pgReplyStore(claimingDb),
    conversations,
    sources,
    preferredModel: async (userId) => (await accounts.findPerson(userId))?.defaultModel ?? null,
    notices,
    clock,
    newId: newUuid,
    isAlone: options.isAlone,
    ...(options.liveness === undefined ? {} : { liveness: options.liveness }),
    onCredentialRevoked: (credential) => streams.closeOf(credential),
    onError: report,
  })
  await notices.listen({ onNotice: () => {}, onGap: endOrphanedStreams.begin })
  const explainHidden = makeExplainHidden({ store: conversations })
  const explainHiddenTeam = makeExplainHidden({ store: conversations, kind: 'team' })
  const live = await startLive({
    log: pgEventLog(db),
    notices,
    clock,
    explainHidden: explainHiddenTeam,
    onLeft: replies.dismiss,
    onError: report,
  })
  const teams = makeTeams({
    store: pgTeamStore(db),
    explainHidden: explainHiddenTeam,
    clock,
    newId: newUuid,
    onDeleted: replies.forget,
  })
  const teamMessages = makeTeamMessages({
    store: pgTeamMessageStore(db),
    workTypes: pgWorkTypeStore(db),
    tasks: pgTaskStore(db),
    explainHidden: explainHiddenTeam,
    clock,
    newId: newUuid,
    callModel: {
      check: (actor, choice) => replies.team.check(actor, replies.parseChoice(choice)),
      ask: (actor, conversationId, messageId, choice) =>
        replies.team.ask(actor, conversationId, messageId, replies.parseChoice(choice)),
    },
  })

  const sandbox = openSandbox()
  const media = openMedia({ drawFrame: videoFrames(sandbox) })
  const engines = options.engines ?? openEngines(sandbox)
  const jobs = pgJobStore(db)
  const queue = pgJobQueue(db)
  const redis = config.redisUrl === undefined ? undefined : redisSessions(config.redisUrl, reportOutage(report))
  const conversionSessions = redis ?? pgConversionSessions(db)
  const findOffer = makeFindOffer(engines, () => clock.now().getTime())
  // Nobody can upload yet: what is noted was left by a server that died.
  if (options.isAlone) await files.expireNotes()
  const conversions = await startConversions({
    queue,
    engines,
    blobs,
    folders: diskWorkFolders(path.join(config.dataDir, 'conversion-work')),
    listJobs: jobs.list,
    notices,
    sweepBlobs,
    sweepAlso: [conversionSessions.sweep, sandbox.removeAbandoned],
    isWorker: config.role !== 'http',
    isAlone: options.isAlone,
    clock,
    newId: newUuid,
    onError: report,
    ...(options.conversionPace === undefined ? {} : { pace: options.conversionPace }),
  })
  if (redis !== undefined) {
    const onError = (error: unknown) => report(error, 'conversions in Redis')
    await startJobMirror({ list: jobs.list, store: redis, notices, onError })
  }
  const previewFolders = diskWorkFolders(path.join(config.dataDir, 'preview-work'))
  // Nobody else can be working there.
  if (options.isAlone) await Promise.all((await previewFolders.list()).map(previewFolders.remove))
  const fileConversions = makeFileConversions({ blobs, folders: previewFolders, findOffer, newId: newUuid })
  const scan = config.clamd
    ? clamdScanner(config.clamd, {
        onProblem: (problem) => logger.warn({ err: problem }, 'an upload was not passed'),
      })
    : noScanner(config.scan === 'required')
  const uploads = makeUploads({
    store: files,
    blobs,
    quarantine,
    inspect: media.inspectFile,
    scan,
    explainHidden,
    limits: { fileBytes: config.uploadLimit, quotaBytes: config.storageQuota },
    clock,
    newId: newUuid,
    onError: report,
  })

  const texts = openTextThreads({ folder: path.join(config.dataDir, 'dataset-work'), newId: newUuid })
  const countTokens = makeCountTokens(texts)
  const trainingStore = pgTrainingStore(db)
  const trainings = makeTrainings({
    store: trainingStore,
    blobs,
    countTokens,
    clock,
    newId: newUuid,
    onError: report,
  })
  const signer = linkSigner(keys)
  const downloads = makeTrainingDownloads({
    store: pgLogStore(db),
    signLink: makeSignLink({ signer, blobs, clock, origin: publicUrl.replace(/\/$/, '') }),
    blobs,
    explainHidden: makeExplainHidden({ store: conversations, kind: 'training' }),
    writeFile: trainings.writeFile,
    allowance: config.trainingDownloads,
    clock,
    onError: (error) => report(error, 'counts of what was served'),
  })
  const fileWriting = await startWritingFiles({
    store: trainingStore,
    trainings,
    isAlone: options.isAlone,
    onError: (error) => report(error, 'final files'),
  })
  const trainingDesk = makeTrainingDesk({
    store: trainingStore,
    trainings,
    resolveModel: makeResolveModel(sources),
    clock,
  })

  const realConversations = await startSources({
    store: pgSourceStore(db),
    consentStore: pgConsentStore(db),
    records: trainingStore,
    trainings,
    box: secretBox(keys, 'training-redactions'),
    sweepBlobs,
    notices,
    clock,
    newId: newUuid,
    onError: report,
  })

  const scaffolding = makeScaffolding({
    scaffolds: pgScaffoldStore(db),
    templates: pgTemplateStore(db),
    coverage: pgCoverageStore(db),
    clock,
    newId: newUuid,
  })

  const generation = await startGeneration({
    runs: pgGenerationStore(db),
    queue: pgCallQueue(db),
    scaffolding,
    trainings,
    trainingStore,
    sources,
    parseChoice: replies.parseChoice,
    defaultChoice: replies.defaultChoice,
    notices,
    clock,
    newId: newUuid,
    isAlone: options.isAlone,
    onError: report,
  })

  const datasetStore = pgDatasetStore(db)
  const datasetNeeds = { store: datasetStore, study: texts, countTokens, newId: newUuid }
  const freezing = await startFreezing({
    ...datasetNeeds,
    queue: pgVersionQueue(db),
    onError: report,
    isWorker: config.role !== 'http',
    isAlone: options.isAlone,
  })
  const datasets = makeDatasets({ ...datasetNeeds, clock, onChanged: freezing.look })
  const exportRuns = await startExports({
    queue: pgExportQueue(db),
    datasets: datasetStore,
    trainings: trainingStore,
    blobs,
    beginWriting,
    folders: diskWorkFolders(path.join(config.dataDir, 'export-work')),
    newId: newUuid,
    elapsed: () => performance.now(),
    onError: report,
    isWorker: config.role !== 'http',
    isAlone: options.isAlone,
  })
  const exports = makeExports({
    store: pgExportStore(db),
    datasets: datasetStore,
    giveLink: downloads.giveLink,
    clock,
    newId: newUuid,
    onChanged: exportRuns.look,
  })

  const reports = makeReports({ datasets: datasetStore, trainings: trainingStore, onError: report })

  const cookie = sessionCookie(publicUrl, SESSION_IDLE)
  const refuseCrossSite = refusingCrossSite(publicUrl)
  const identify = makeIdentify({ authenticate: accounts.authenticate, cookie, refuseCrossSite })
  const accountRoutes = { accounts, cookie, refuseCrossSite }
  const identifyForTraining = config.trustsUserHeader
    ? trustingUserHeader({ identify, authenticate: accounts.authenticate, cookie, refuseCrossSite })
    : identify
  const getConversation = makeGetConversation({ store: conversations })
  const listByActivity = makeListByActivity({ store: conversations })
  const listMessages = makeListMessages({ store: messages })

  const page = findPage()
  const server = await buildHttpServer({
    clock,
    logger,
    listener,
    trustProxy: config.trustProxy,
    isHttps: config.publicUrl.protocol === 'https:',
    sendPage:
      page === undefined ? undefined : (reply) => reply.header('cache-control', 'no-cache').sendFile('index.html'),
    registerExtras: async (http) => {
      registerHealth(http, listener)
      if (page === undefined) sayPageIsMissing(http)
      else await servePageFiles(http, page)
    },
    surfaces: [
      conversationsSurface({
        ...accountRoutes,
        identify,
        listByCreation: makeListByCreation({ store: conversations }),
        getConversation,
        renameConversation: makeRenameConversation({ store: conversations, clock }),
        deleteConversation: makeDeleteConversation({ store: conversations, onDeleted: replies.forget }),
        replies,
      }),
      messagesSurface({
        identify,
        teams,
        live,
        uploads,
        resumableUploads: makeResumableUploads({
          uploads,
          store: pgUploadStore(db),
          files,
          quarantine,
          newId: newUuid,
        }),
        removeUpload: makeRemoveUpload({ store: files }),
        getFile: makeGetFile({ store: files }),
        readPicture: makeReadPicture({
          blobs,
          makePicture: media.makePicture,
          showAsPdf: fileConversions.showAsPdf,
        }),
        fileConversions,
        blobs,
        listFiles: makeListFiles({ store: fileList, explainHidden }),
        listFileSenders: makeListFileSenders({ store: fileList, explainHidden }),
        teamMessages,
        listMessages: makeListSharedMessages({ store: messages, explainHidden }),
        listMessagePage: makeListMessagePage({ store: messages, explainHidden }),
      }),
      trainingSurface({
        identify: identifyForTraining,
        followLink: makeFollowLink({ signer, blobs, clock }),
        blobs,
        desk: trainingDesk,
        trainings,
        downloads,
        datasets,
        exports,
        reports,
        generation,
        scaffolding,
        sources: realConversations,
      }),
      chatV1Surface({
        identify,
        clock,
        requestsPerMinute: config.chatV1RateLimit,
        carryOutOnce: makeCarryOutOnce({ store: requestKeys, clock }),
        createConversation: makeCreateConversation({ store: conversations, clock, newId: newUuid }),
        getConversation: makeGetConversation({ store: conversations, kind: 'assistant' }),
        listByActivity,
        listMessages,
        replies,
        streams,
        tickets: makeStreamTickets(ticketBox(keys.derive('stream-ticket'), clock), clock, uuidOfChatV1),
        checkDatabase: async () => {
          await db.asSystem('health').query(statement`select from servers limit 1`)
        },
      }),
      conversionSurface({
        identify,
        sessions: makeSessions({ store: conversionSessions, clock, newSecret: newSecretKey }),
        jobs: makeSessionJobs({
          jobs,
          queue,
          sessions: conversionSessions,
          blobs,
          findOffer,
          newId: newUuid,
          onError: report,
        }),
        uploads: makeConversionUploads({
          jobs,
          sessions: conversionSessions,
          blobs,
          quarantine,
          inspect: media.inspectFile,
          scan,
          findOffer,
          limits: {
            jobs: 100,
            bytes: config.conversionQuota,
            allBytes: config.conversionRoom,
            fileBytes: config.uploadLimit,
          },
          clock,
          newId: newUuid,
          onError: report,
        }),
        findOffer,
        feed: conversions.feed,
        streams,
        blobs,
        cookie: sessionCookie(publicUrl, SESSION_MS, 'session_id'),
        refuseCrossSite,
        rates: config.conversionRates,
        clock,
      }),
      appSurface({
        ...accountRoutes,
        identify,
        clock,
        getConversation,
        listByActivity,
        listMessages,
        replies,
        streams,
        live,
        presentMessage,
      }),
    ],
  })

  if (config.previousSecretKeys.length > 0) {
    const { resealed, unreadable } = await accounts.rotateProviderKeys()
    logger.info({ resealed, unreadable }, 'provider keys sealed with the present SECRET_KEY')
  }
  const sweepFiles = makeSweepFiles({ store: files, quarantine, sweepBlobs })
  const firstSweep = untilDone(sweepFiles, (error) => report(error, 'first sweep'))
  firstSweep.begin()
  const sweepRequestKeys = makeSweepRequestKeys({ store: requestKeys, clock })
  const sweep = setInterval(() => {
    for (const work of [accounts.sweepSessions, sweepRequestKeys, live.sweep, sweepFiles, realConversations.sweep]) {
      void work().catch((error: unknown) => report(error, 'sweep'))
    }
  }, SWEEP_MS)
  sweep.unref()

  return {
    counts: () => {
      const { running, readers } = replies.counts()
      return {
        running:
          running +
          conversions.runningCount() +
          exportRuns.runningCount() +
          freezing.runningCount() +
          generation.runningCount(),
        readers: readers + live.readerCount() + conversions.feed.readerCount(),
      }
    },
    async shutDown(graceMs) {
      clearInterval(sweep)
      endOrphanedStreams.giveUp()
      firstSweep.giveUp()
      await attemptEach([
        () =>
          together([
            replies.shutDown(graceMs),
            conversions.shutDown(graceMs),
            exportRuns.shutDown(graceMs),
            freezing.shutDown(graceMs),
            generation.shutDown(graceMs),
          ]),
        () => live.stop(),
        () => streams.closeAll(),
        () => server.close(),
        () => media.close(),
        () => texts.close(),
        () => replies.leave(),
        () => notices.close(),
        () => fileWriting.stop(),
        () => trainingDesk.close(),
        () => downloads.close(),
        () => redis?.close(),
        () => db.close(),
      ])
    },
  }
}

/** Says that something is away when it goes, and not each time it is asked for again. */
const reportOutage = (report: (error: unknown, what: string) => void) => {
  let latest: string | undefined
  return (error: unknown) => {
    const { message } = error as Error
    if (message !== latest) report(error, 'Redis')
    latest = message
  }
}

/** The streams, and which sign-ins hold any of them open. */
const withCredentials = (streams: EventStreams): EventStreams & { credentials(): string[] } => {
  const held = new Set<Parameters<EventStreams['open']>[1]>()
  return {
    ...streams,
    open(reply, options) {
      const onClose = () => {
        held.delete(options)
        options.onClose()
      }
      const stream = streams.open(reply, { ...options, onClose })
      // It may have been closed at once.
      if (stream.isOpen) held.add(options)
      return stream
    },
    credentials: () => [...new Set([...held].flatMap(({ credential }) => credential ?? []))],
  }
}

/** Resolves when all have ended; then fails as the first that failed. */
const together = async (works: readonly Promise<unknown>[]): Promise<void> => {
  await Promise.allSettled(works)
  await Promise.all(works)
}

/** Work that must be done once it was begun: when it fails it is tried again after a moment, until it is given up. */
const untilDone = (work: () => Promise<void>, onError: (error: unknown) => void) => {
  let retry: NodeJS.Timeout | undefined
  let isGivenUp = false
  const begin = (): void => {
    clearTimeout(retry)
    work().catch((error: unknown) => {
      onError(error)
      if (!isGivenUp) retry = setTimeout(begin, RETRY_MS).unref()
    })
  }
  return {
    begin,
    giveUp() {
      isGivenUp = true
      clearTimeout(retry)
    },
  }
}

const modelSources = (config: Config, clock: Clock, accounts: Accounts): ModelSources => {
  const locals = config.offersLocalModels ? localModels({ clock }) : undefined
  const operator = config.operatorModel
  const withKey = (apiKey: string) =>
    openAiCompatibleProvider({ name: 'openrouter', baseUrl: config.openRouterBaseUrl, apiKey })
  return {
    async openRouter(userId, credential) {
      const apiKey = await accounts.readProviderKey(userId, credential)
      return apiKey === undefined ? undefined : withKey(apiKey)
    },
    openRouterWith: (userId, sealedKey) => withKey(accounts.openProviderKey(userId, sealedKey)),
    operator: operator && {
      provider: openAiCompatibleProvider({
        name: 'operator',
        baseUrl: operator.baseUrl,
        ...(operator.apiKey === undefined ? {} : { apiKey: operator.apiKey }),
      }),
      defaultModel: operator.model,
    },
    async locals() {
      const found = (await locals?.find()) ?? []
      return found.map(({ name, baseUrl, models }) => ({
        key: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
        name,
        provider: openAiCompatibleProvider({ name, baseUrl }),
        models,
      }))
    },
    demo: demoProvider(),
  }
}

/** The built page; undefined where it was not built, as in tests of the server alone. */
const findPage = (): string | undefined => {
  const folder = path.join(import.meta.dirname, '../dist/web')
  return existsSync(path.join(folder, 'index.html')) ? folder : undefined
}

/** Hashed files never change; everything else is asked for again. */
const servePageFiles = async (server: FastifyInstance, root: string): Promise<void> => {
  await server.register(fastifyStatic, {
    root,
    index: false,
    wildcard: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (response, file) => {
      const isHashed = file.includes(`${path.sep}assets${path.sep}`)
      response.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  server.get('/', (_request, reply: FastifyReply) => reply.header('cache-control', 'no-cache').sendFile('index.html'))
}

/** Whoever runs the server alone, from the sources, is told how to get the page. */
const sayPageIsMissing = (server: FastifyInstance): void => {
  server.get('/', (_request, reply) =>
    reply
      .code(503)
      .header('cache-control', 'no-cache')
      .type('text/plain; charset=utf-8')
      .send('The web app has not been built here: npm start builds it. The API works without it.\n'),
  )
}

/** For load balancers and scripts: whether this server serves. */
const registerHealth = (server: FastifyInstance, listener: Listener): void => {
  server.get('/health', (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return listener.isServing
      ? reply.send({ status: 'ok' })
      : reply.code(503).header('retry-after', '1').send({ status: 'stopping' })
  })
}
