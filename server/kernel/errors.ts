/** Every error that Parlance can tell a person about; it knows nothing of HTTP, SQL or any surface. */

/**
 * What went wrong, seen from far enough away that every surface can answer for it. A surface's envelope
 * maps each kind to its status and wording; adding a kind does not compile until all of them do.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'payment_required'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'gone'
  | 'too_early'
  | 'version'
  | 'too_large'
  | 'unsupported_media_type'
  | 'unsatisfiable'
  | 'rate_limited'
  | 'internal'
  | 'upstream'
  | 'unavailable'

interface CatalogueEntry {
  readonly kind: ErrorKind
  /** A sentence for the person, complete without the code. */
  readonly message: string
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean
}

const entry = (kind: ErrorKind, message: string, retryable = false): CatalogueEntry => ({ kind, message, retryable })

/** The one catalogue; `docs/reference/errors.md` is generated from it. */
export const errorCatalogue = {
  'request.malformed': entry('invalid', 'The request body is not valid JSON.'),
  'request.invalid': entry('invalid', 'Some values in the request are not valid.'),
  'request.too_large': entry('too_large', 'The request is larger than the server accepts.'),
  'request.media_type': entry('unsupported_media_type', 'The content type of the request is not supported.'),
  'request.range': entry('unsatisfiable', 'The file does not have the bytes that were asked for.'),
  'request.method': entry('method_not_allowed', 'This address does not support that method.'),
  'request.tus_version': entry('version', 'Uploads go on by version 1.0.0 of tus only.'),
  'request.cross_site': entry('forbidden', 'The request came from another site and was refused.'),
  'request.idempotency_key_reused': entry(
    'conflict',
    'This Idempotency-Key was used for another request. Use a new key for a new request.',
  ),
  'request.rate_limited': entry('rate_limited', 'Too many requests. Please wait a moment and try again.', true),
  'route.not_found': entry('not_found', 'There is nothing at this address.'),

  'identity.missing': entry('unauthenticated', 'Please sign in.'),
  'identity.invalid': entry('unauthenticated', 'Your sign-in is not valid or has expired.'),
  'identity.unverifiable': entry('unavailable', 'Your sign-in cannot be checked right now. Please try again.', true),
  'identity.wrong_credentials': entry('unauthenticated', 'Invalid email or password'),
  'identity.too_many_attempts': entry('rate_limited', 'Too many attempts to sign in. Please wait and try again.', true),
  'account.exists': entry('conflict', 'An account with this e-mail address exists already.'),
  'account.signup_closed': entry('forbidden', 'New accounts are not open on this server.'),
  'account.no_password': entry('conflict', 'This account signs in elsewhere and has no password here.'),
  'session.not_found': entry('not_found', 'Session not found'),
  'access_token.not_found': entry('not_found', 'Access token not found'),
  'access_token.too_many': entry(
    'conflict',
    'You have as many access tokens as one person can have. Revoke one first.',
  ),
  'provider_key.unreadable': entry('internal', 'The stored API key cannot be read. Please save it again.'),

  'conversation.not_found': entry('not_found', 'Conversation not found'),
  'conversation.forbidden': entry('forbidden', "You don't have access to this conversation"),
  'message.not_found': entry('not_found', 'Message not found'),
  'reply.not_found': entry('not_found', 'No reply is being written in this conversation.'),
  'reply.nothing_to_answer': entry('conflict', 'There is no message to answer, or its reply is being written already.'),

  'person.not_found': entry('not_found', 'Person not found'),
  'team.not_allowed': entry('forbidden', 'Your role in this conversation does not allow that.'),
  'team.direct': entry('conflict', 'A direct conversation keeps its two people.'),
  'team.owner_leaves': entry('conflict', 'Hand the group over to somebody else before you leave it.'),
  'team.full': entry('conflict', 'This group has as many members as a group can have.'),
  'member.not_found': entry('not_found', 'Member not found'),
  'message.exists': entry('conflict', 'Another message has this id already.'),
  'work_type.not_found': entry('not_found', 'Work type not found'),
  'work_type.exists': entry('conflict', 'This conversation has a work type of that name already.'),
  'work_type.too_many': entry('conflict', 'This conversation has as many work types as it can have.'),
  'task.not_found': entry('not_found', 'Task not found'),
  'task.made': entry('conflict', 'A task was made from this message already.'),
  'task.linked': entry('conflict', 'This message is linked to the task already.'),

  'file.not_found': entry('not_found', 'File not found'),
  'file.no_picture': entry('not_found', 'There is no picture of this file.'),
  'file.not_converted': entry('conflict', 'The file could not be converted.'),
  'file.empty': entry('invalid', 'The file is empty.'),
  'file.too_large': entry('too_large', 'The file is larger than the server accepts.'),
  'file.too_many': entry('too_large', 'Too many files in one request.'),
  'file.over_quota': entry('too_large', 'There is no room left for your files. Remove some that you no longer need.'),
  'file.dangerous': entry('invalid', 'The file was refused: opened, it would be far larger than it looks.'),
  'file.infected': entry('invalid', 'The file was refused: the virus scanner found something in it.'),
  'file.storage_unavailable': entry(
    'unavailable',
    'The storage for files cannot be reached right now. Please try again.',
    true,
  ),
  'file.scan_unavailable': entry(
    'unavailable',
    'The virus scanner cannot be reached, so files are not accepted.',
    true,
  ),
  'file.cut_off': entry('invalid', 'The upload ended before the file was complete.', true),
  'upload.not_found': entry('not_found', 'There is no such upload, or its time is over.'),
  'upload.too_many': entry(
    'rate_limited',
    'Too many of your uploads are unfinished. Finish or cancel some first.',
    true,
  ),
  'upload.offset': entry('conflict', 'The upload stopped at another place. Ask where it goes on.'),
  'link.invalid': entry('forbidden', 'This link is not valid, or it has expired.'),

  'conversion.session_over': entry('unauthenticated', 'There is no session, or its time is over. Begin a new one.'),
  'conversion.wrong_csrf_token': entry('forbidden', 'The X-CSRF-Token header is missing or does not fit the session.'),
  'conversion.wrong_download_token': entry(
    'unauthenticated',
    'The download token is not valid: it was used, its time is over, or it is not of this session.',
  ),
  'conversion.unsupported': entry('invalid', 'This server does not convert that into the format that was asked for.'),
  'conversion.unknown_format': entry('invalid', 'Files of this kind cannot be converted here.'),
  'conversion.mislabelled': entry('invalid', 'The file is not what the end of its name says.'),
  'conversion.too_large_for_engine': entry('too_large', 'The file is larger than this conversion takes.'),
  'conversion.no_room': entry(
    'too_large',
    'The session has no room left for this file. Remove some files, or close the session.',
  ),
  'conversion.full': entry(
    'rate_limited',
    'The files of all sessions take as much room as this server gives them. Please try again later.',
    true,
  ),
  'conversion.queue_full': entry(
    'rate_limited',
    'Too many conversions are waiting. Please try again in a moment.',
    true,
  ),
  'conversion.nothing_finished': entry('not_found', 'No file of this session has been converted yet.'),
  'conversion.store_unavailable': entry(
    'unavailable',
    'Sessions cannot be looked up right now. Please try again in a moment.',
    true,
  ),
  'job.not_found': entry('not_found', 'There is no such job in this session.'),
  'job.exists': entry('conflict', 'This session has a job of that id already.'),
  'job.busy': entry('conflict', 'This file is being converted already.'),
  'job.converted': entry(
    'conflict',
    'This file has been converted and was removed. Upload it again to convert it again.',
  ),
  'job.not_finished': entry('conflict', 'This file has not been converted yet.', true),
  'job.too_many': entry('rate_limited', 'This session has as many files as one can have. Remove some first.'),

  'dataset.not_found': entry('not_found', 'There is no such dataset.'),
  'dataset.moved': entry('conflict', 'This dataset was changed meanwhile. Load it again and repeat your change.'),
  'dataset.version_not_found': entry('not_found', 'This dataset has no such version.'),
  'dataset.version_unfinished': entry('conflict', 'This version has not been frozen.', true),
  'dataset.too_many': entry('conflict', 'You have as many datasets as one person can have. Remove one first.'),
  'dataset.too_many_named': entry(
    'conflict',
    'A dataset names at most 5,000 conversations that belong to it, and 5,000 that are left out. Choose by a filter instead.',
  ),
  'dataset.busy': entry(
    'rate_limited',
    'As many of your versions are waiting as one person can have. Please wait until some are ready.',
    true,
  ),
  'dataset.empty': entry('conflict', 'No conversation would be left in this version.'),
  'dataset.too_large': entry('too_large', 'A version holds at most 500,000 conversations. Choose fewer.'),
  'dataset.lost': entry('internal', 'This version was begun several times and never finished.'),

  'export.not_found': entry('not_found', 'There is no such export.'),
  'export.not_ready': entry('too_early', 'The export is not ready yet. Please wait a moment.', true),
  'export.expired': entry('gone', 'The files of this export are kept for a day, and that is over. Export them again.'),
  'export.ended': entry('conflict', 'This export has no files: it failed or was cancelled.'),
  'export.lost': entry('internal', 'The export was begun several times and never finished.'),
  'export.erased': entry(
    'gone',
    'Words of this export were erased since, and its files with them. Export again what is left.',
  ),
  'export.too_many': entry(
    'rate_limited',
    'As many of your exports are waiting as one person can have. Please wait until some are ready.',
    true,
  ),

  'report.too_many': entry('rate_limited', 'Other reports are being made. Please ask again in a moment.', true),

  'training.moved': entry('conflict', 'This conversation was changed meanwhile. Load it again and repeat your change.'),
  'training.no_content': entry('conflict', 'This conversation has no content yet.'),
  'training.no_revision': entry('not_found', 'There is no such revision of this conversation.'),
  'training.no_turn': entry('not_found', 'There is no such turn in this conversation.'),
  'training.wrong_content': entry('invalid', 'This is no conversation that can be kept.'),
  'training.not_judged': entry('upstream', 'The model gave no scores that can be read.', true),
  'training.no_file': entry('not_found', 'No file path associated with this conversation'),
  'training.link_failed': entry('internal', 'Failed to generate download URL. Please try again.', true),
  'training.download_failed': entry('internal', 'Failed to generate download URL', true),
  'training.download_limit': entry(
    'rate_limited',
    'You have downloaded as much as this server gives one person for now. Please try again later.',
    true,
  ),

  'generation.not_found': entry('not_found', 'There is no such run.'),
  'generation.call_not_found': entry('not_found', 'There is no such failure.'),
  'generation.ended': entry('conflict', 'Nothing of this run is left to be generated.'),
  'generation.nothing_failed': entry('conflict', 'Nothing of this has failed, so there is nothing to try again.'),
  'generation.too_many': entry(
    'conflict',
    'So many of your runs have not ended already. Wait for some, or cancel them.',
  ),
  'generation.failed': entry('internal', 'The conversation could not be generated.', true),
  'generation.slow': entry('unavailable', 'The model is still writing. The conversation will appear among the others.'),

  'source.changed': entry(
    'conflict',
    'The conversation says something else by now. Look at it again before you take it.',
  ),
  'source.consent_missing': entry('conflict', 'Not everybody whose words are in it has answered yet.'),
  'source.nothing_to_learn': entry('conflict', 'There is no answer in it that could be learned from.'),
  'source.too_long': entry('too_large', 'That is more than one training conversation can hold. Take a part of it.'),
  'source.redactions_final': entry('conflict', 'What was redacted here cannot be put back any more.'),
  'source.no_redaction': entry('not_found', 'Nothing was redacted under this name.'),
  'source.no_words': entry('not_found', 'This training conversation holds no words of yours.'),
  'consent.not_found': entry('not_found', 'Nobody was asked that.'),

  'scaffold.not_found': entry('not_found', 'There is no such persona, arc or topic.'),
  'scaffold.exists': entry('conflict', 'You have another of this key already.'),
  'scaffold.too_many': entry('conflict', 'You have as many of these as one person can have. Delete some first.'),
  'template.not_found': entry('not_found', 'There is no such prompt template.'),
  'template.exists': entry('conflict', 'You have another prompt template of this name already.'),
  'template.too_many': entry(
    'conflict',
    'You have as many prompt templates as one person can have. Delete some first.',
  ),
  'template.too_long': entry('invalid', 'Filled in, this prompt template is longer than 50,000 characters.'),
  'template.none_fits': entry('conflict', 'No active prompt template fits this tier and arc.'),

  'model.not_configured': entry('invalid', 'No API key is configured. Add your OpenRouter API key in the settings.'),
  'model.not_available': entry('invalid', 'This model is not available. Choose another one.'),
  'model.key_rejected': entry('payment_required', 'The model provider rejected the API key.'),
  'model.no_funds': entry('payment_required', 'The account at the model provider has no credit left.'),
  'model.rate_limited': entry(
    'payment_required',
    'The model provider is limiting requests. Please wait and try again.',
    true,
  ),
  'model.unreachable': entry('upstream', 'The model provider cannot be reached.', true),
  'model.failed': entry('upstream', 'The model provider failed to answer.', true),
  'model.timeout': entry('upstream', 'The model provider took too long to answer.', true),
  'model.garbled': entry('upstream', 'The model provider sent an answer that cannot be read.', true),
  'model.cut_off': entry('upstream', 'The connection to the model was lost in the middle of the reply.', true),
  'model.empty': entry('upstream', 'The model sent an empty reply.', true),
  'reply.interrupted': entry('unavailable', 'The server was stopped while this reply was being written.', true),

  'server.internal': entry('internal', 'Something went wrong on the server.', true),
  'server.unavailable': entry('unavailable', 'The server is starting or shutting down. Please try again.', true),
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof errorCatalogue

/** One thing wrong with one place of the input. */
export interface InputIssue {
  /** Where, from the root of params, query or body: `['content']`. Empty: the whole. */
  readonly path: readonly (string | number)[]
  /** Which rule was broken. */
  readonly rule: 'type' | 'missing' | 'unknown' | 'format' | 'too_small' | 'too_big' | 'other'
  /** What is wanted, without the name of the field: `must be a string`. */
  readonly message: string
  /** Which part of the request it was in. */
  readonly part: 'params' | 'query' | 'body' | 'headers'
}

export interface AppErrorOptions {
  /** The underlying error, for the log only; it never reaches the wire. */
  readonly cause?: unknown
  /** What exactly was wrong, for `request.invalid`. */
  readonly issues?: readonly InputIssue[]
  /** Seconds after which a retry makes sense (`Retry-After`). */
  readonly retryAfterSeconds?: number
  /** Methods that the address supports (`Allow`), for `request.method`. */
  readonly allow?: readonly string[]
  /** Replaces the catalogue's sentence where a more exact one exists. Never an internal message. */
  readonly message?: string
}

/** The one error type of the program: a code from the catalogue, its kind, and a sentence for the person. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly retryable: boolean
  readonly issues: readonly InputIssue[]
  readonly retryAfterSeconds: number | undefined
  readonly allow: readonly string[] | undefined

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    const { kind, message, retryable } = errorCatalogue[code]
    super(options.message ?? message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.kind = kind
    this.retryable = retryable
    this.issues = options.issues ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
    this.allow = options.allow
  }
}

/** Anything thrown → an AppError. What is not one already becomes `server.internal` and keeps its cause for the log. */
export const toAppError = (thrown: unknown): AppError =>
  thrown instanceof AppError ? thrown : new AppError('server.internal', { cause: thrown })
