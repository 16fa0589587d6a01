import type { Application } from '../../domain/application.ts'
import type { Approval } from '../../domain/approval.ts'
import { approvalsOf } from '../../functions/aws/approvals.ts'
import { type ReleaseEntry, readPlanIfAny } from '../../functions/aws/ledger.ts'
import type { Approvers } from '../rehearsing/approvers.ts'

/** Answers that came over the links of an ended release. */
export interface Late {
  /** Links that nobody had to use, of the stages that were approved. */
  unused: number
  /** Of these, over how many somebody answered late. */
  tried: number
  counted: number
}

/** Whoever has kept a link rejects over it, those who have decided and those who have not. `held`: the stages that releases came to hold. */
export async function answeredLate(
  { stages }: Application,
  { releases, held, approvers }: { releases: ReleaseEntry[]; held: string[]; approvers: Approvers },
): Promise<Late> {
  const spare = (name: string) => {
    const approval = stages.find(stage => stage.name === name)?.approval
    return approval ? approval.approvers.length - approval.required : 0
  }
  const decided = decisionsIn(await questionsOf(releases))
  const links = approvers.links()
  for (const link of links) await approvers.answer(link, { decision: 'reject', comment: 'too late' })
  const after = decisionsIn(await questionsOf(releases))
  return {
    unused: held.reduce((sum, stage) => sum + spare(stage), 0),
    tried: links.filter(({ approver }) => !decided.some(by => by === approver)).length,
    counted: after.length - decided.length,
  }
}

/** Who has decided. */
const decisionsIn = (asked: Approval[]) => asked.flatMap(({ decisions }) => decisions.map(({ approver }) => approver))

async function questionsOf(releases: ReleaseEntry[]): Promise<Approval[]> {
  const asked: Approval[] = []
  for (const release of releases)
    for (const { name } of (await readPlanIfAny(release))?.stages ?? [])
      asked.push(...(await approvalsOf({ ...release, stage: name })))
  return asked
}
