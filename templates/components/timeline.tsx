import type {TimelineEntry} from '../../src/protocol/issue.js'
import type {Task} from '../../src/protocol/task.js'
import {Octicon} from '../icons/octicon.js'
import {groupTimeline} from '../state/group-timeline.js'
import {activityIcon, activityText, type NameOf} from '../text/activity.js'
import {Avatar} from './actor.js'
import {Markdown} from './markdown.js'
import {ChangesLink} from './run-history.js'
import {Time} from './time.js'

interface TimelineProps {
  slug: string
  entries: readonly TimelineEntry[]
  nameOf: NameOf
  /** The runs of the issue: a comment of one links to what it has changed. */
  tasks?: readonly Task[]
}

/** Comments and what was done, oldest first (contract §8.2). */
export function Timeline({slug, entries, nameOf, tasks = []}: TimelineProps) {
  return (
    <div class="timeline">
      {groupTimeline(entries).map((group) =>
        group.kind === 'comment' ? (
          <div key={group.entry.id} class="timeline-comment">
            <CommentCard
              slug={slug}
              entry={group.entry}
              nameOf={nameOf}
              replies={group.replies}
              task={tasks.find(({id}) => id === group.entry.task_id)}
            />
          </div>
        ) : (
          <ul key={group.entries[0]?.id} class="timeline-activities">
            {group.entries.map((entry) => (
              <ActivityLine key={entry.id} entry={entry} nameOf={nameOf} />
            ))}
          </ul>
        ),
      )}
    </div>
  )
}

function ActivityLine({entry, nameOf}: {entry: TimelineEntry; nameOf: NameOf}) {
  return (
    <li class="activity">
      <span class={`activity-badge activity-${entry.action ?? 'other'}`}>
        <Octicon name={activityIcon(entry)} />
      </span>
      <span>
        <strong>{authorOf(entry, nameOf)}</strong> {activityText(entry, nameOf)}{' '}
        <Time at={entry.created_at} />
      </span>
    </li>
  )
}

interface CommentCardProps {
  slug: string
  entry: TimelineEntry
  nameOf: NameOf
  replies: readonly TimelineEntry[]
  /** The run that wrote it. */
  task: Task | undefined
}

function CommentCard({slug, entry, nameOf, replies, task}: CommentCardProps) {
  return (
    <CommentFrame
      id={`comment-${entry.id}`}
      type={entry.actor_type}
      author={authorOf(entry, nameOf)}
      verb="commented"
      at={entry.created_at}
      run={entry.task_id ? `/${slug}/tasks/${entry.task_id}` : undefined}
      changes={task && <ChangesLink slug={slug} task={task} />}
    >
      <Markdown text={entry.content ?? ''} class="comment-body" />
      {replies.map((reply) => (
        <div key={reply.id} class="reply" id={`comment-${reply.id}`}>
          <div class="reply-header">
            <Avatar type={reply.actor_type} name={authorOf(reply, nameOf)} />
            <strong>{authorOf(reply, nameOf)}</strong> <Time at={reply.created_at} />
          </div>
          <Markdown text={reply.content ?? ''} class="reply-body" />
        </div>
      ))}
    </CommentFrame>
  )
}

interface CommentFrameProps {
  id: string
  type: string
  author: string
  verb: string
  at: string
  /** Address of the run that wrote it. */
  run?: string | undefined
  /** Link to what that run has changed. */
  changes?: preact.ComponentChildren
  children: preact.ComponentChildren
}

/** A box with who wrote it and when; the description of an issue wears it too. */
export function CommentFrame(props: CommentFrameProps) {
  const {id, type, author, verb, at, run, changes, children} = props
  return (
    <div class="comment" id={id}>
      <span class="comment-avatar">
        <Avatar type={type} name={author} />
      </span>
      <article class="card comment-card">
        <header class="comment-header">
          <span class="comment-author">
            <strong>{author}</strong> {verb} <Time at={at} />
          </span>
          {type === 'agent' && <span class="label">Agent</span>}
          {changes}
          {run && (
            <a class="comment-run" href={run}>
              View run
            </a>
          )}
        </header>
        {children}
      </article>
    </div>
  )
}

const authorOf = (entry: TimelineEntry, nameOf: NameOf): string =>
  entry.actor_name || nameOf(entry.actor_type, entry.actor_id) || 'Somebody'
