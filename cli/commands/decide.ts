import { type Approval, agreeing, type Decision } from '../../domain/approval.ts'
import type { DatabaseChoice } from '../../domain/database.ts'
import { approvalsOf } from '../../functions/aws/approvals.ts'
import { decide } from '../../functions/aws/decide.ts'
import { readEnd } from '../../functions/aws/ledger.ts'
import { CHOICES } from '../../functions/view/database.ts'
import { at } from '../../functions/view/sentences.ts'
import { parsed, UsageError } from '../arguments.ts'
import { callerArn } from './caller.ts'
import type { Command, Terminal } from './command.ts'
import { newestFirst } from './find-release.ts'
import { AWS, demandApplication, reach } from './reach.ts'

const OPTIONS = {
  ...AWS,
  as: { type: 'string' },
  database: { type: 'string' },
  comment: { type: 'string', default: '' },
} as const
const LONGEST_COMMENT = 1_000

export const approve: Command = deciding(
  'approve',
  'approves the release that waits at a stage, as one of its approvers',
)
export const reject: Command = deciding('reject', 'rejects the release that waits at a stage; that ends it')

function deciding(decision: Decision['decision'], about: string): Command {
  const isApproval = decision === 'approve'
  const usage = `<app> <stage> --as NAME ${isApproval ? '[--database keep|down|restore] ' : ''}[--comment TEXT] [--aws]`
  return {
    usage,
    about,
    async run(args, terminal) {
      const { values, positionals } = parsed(args, OPTIONS, `usage: sluice ${decision} ${usage}`, 2)
      const [app, stage] = positionals
      if (stage === undefined) throw new UsageError(`${decision}: write sluice ${decision} ${usage}`)
      if (values.comment.length > LONGEST_COMMENT)
        throw new UsageError(`--comment: has ${values.comment.length} characters; write at most ${LONGEST_COMMENT}`)
      if (!isApproval && values.database !== undefined)
        throw new UsageError(`--database ${values.database}: whoever rejects chooses nothing; take it out`)
      const { installation, now } = await reach(terminal, values)
      demandApplication(app, installation)
      const approval = await openQuestion(app, stage)
      if (!approval) {
        terminal.screen.print(`no release of ${app} waits for approval at ${stage}; nothing was decided`)
        return 1
      }
      const names = approval.approvers.map(({ name }) => name)
      if (values.as === undefined || !names.includes(values.as))
        throw new UsageError(
          `--as ${values.as ?? '(missing)'}: is no approver of ${stage}; write one of ${names.join(', ')}`,
        )
      const database = isApproval ? databaseFor(approval, values.database) : undefined
      const cast = {
        approver: values.as,
        decision,
        ...(database && { database }),
        comment: values.comment,
        how: 'command',
        by: await callerArn(),
        at: now(),
      } as const
      return tell(await decide(approval, cast), approval, cast, terminal)
    },
  }
}

/** What was chosen for the database, or what the page would have preset; undefined where nobody is asked. */
export function databaseFor(
  { question: { migration }, stage }: Approval,
  said: string | undefined,
): DatabaseChoice | undefined {
  const choices = migration?.choices ?? []
  if (said === undefined) return choices[0]
  const chosen = choices.find(choice => choice === said)
  if (chosen) return chosen
  throw new UsageError(
    choices.length > 0
      ? `--database ${said}: is no choice at ${stage}; write one of ${choices.join(', ')}`
      : `--database ${said}: ${stage} does not ask what becomes of a database; take it out`,
  )
}

/** What people are asked at this stage now. */
async function openQuestion(app: string, stage: string): Promise<Approval | undefined> {
  for (const entry of await newestFirst(app)) {
    if (await readEnd(entry)) continue
    const open = (await approvalsOf({ ...entry, stage })).find(({ end }) => !end)
    if (open) return open
  }
  return undefined
}

function tell(
  voted: Awaited<ReturnType<typeof decide>>,
  { question: { tag, app }, stage, required }: Approval,
  { approver, decision, database }: Decision,
  { screen }: Terminal,
): number {
  switch (voted.kind) {
    case 'counted': {
      const agreed = agreeing(voted.next)
      const chosen = database ? `, to ${CHOICES[database].chosen} on the way back` : ''
      const standing = voted.next.end?.because ?? `${agreed.length} of ${required} have approved`
      screen.print(
        `${approver} has ${decision === 'approve' ? 'approved' : 'rejected'} ${tag} of ${app} for ${stage}${chosen}; ${standing}`,
      )
      return 0
    }
    case 'already-decided':
      screen.print(
        `${approver} had decided at ${at(voted.decision.at)}: ${voted.decision.decision}; nothing was changed`,
      )
      return 1
    case 'ended':
      screen.print(`the question has ended: ${voted.end.because}; nothing was changed`)
      return 1
    case 'expired':
      screen.print('the time to decide is over; nothing was changed')
      return 1
    case 'no-approver':
      screen.print(`${approver} is no approver of ${stage}; nothing was changed`)
      return 1
  }
}
