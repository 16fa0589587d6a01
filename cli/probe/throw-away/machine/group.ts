import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { until } from '../../patience.ts'
import { type Group, notAsked } from '../../question.ts'
import { type Place, PREFIX } from '../place.ts'
import { attemptsOf, type Waiting } from './attempts.ts'
import { AGAIN, DEFINITION } from './definition.ts'
import { enteredTime } from './entered-time.ts'
import { heartbeatAnew } from './heartbeat-anew.ts'
import { heartbeatError } from './heartbeat-error.ts'
import { lateToken } from './late-token.ts'
import { machineOfExecution } from './machine-of-execution.ts'
import { versionsToken } from './versions-token.ts'

/** Twice five to seven seconds, and what Step Functions takes beside. */
const HEARTBEATS_MS = 3 * 60_000

export function stateMachine(
  place: Pick<Place, 'made' | 'pause' | 'id'>,
  sfn: SFNClient,
  roleArn?: string,
): Group<Waiting> {
  return {
    questions: [heartbeatError, enteredTime, heartbeatAnew, lateToken, machineOfExecution, versionsToken],
    async open() {
      if (!roleArn) return notAsked('name a role that Step Functions may put events with: --machine-role ARN')
      const { made, pause, id } = place
      const name = `${PREFIX}-${id}`
      const { stateMachineArn: machineArn = '', stateMachineVersionArn: versionArn = '' } = await made.make(
        `state machine ${name}`,
        () =>
          sfn.send(
            new CreateStateMachineCommand({
              ...{ name, roleArn, publish: true, definition: JSON.stringify(DEFINITION) },
              tags: [{ key: 'sluice:probe', value: id }],
            }),
          ),
        ({ stateMachineArn }) => sfn.send(new DeleteStateMachineCommand({ stateMachineArn })),
      )
      const { executionArn = '' } = await made.make(
        `execution ${name}`,
        () => sfn.send(new StartExecutionCommand({ stateMachineArn: versionArn, name, input: '{}' })),
        async ({ executionArn }) => {
          const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }))
          if (status === 'RUNNING') await sfn.send(new StopExecutionCommand({ executionArn }))
        },
      )
      const history = async () =>
        (await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 100 }))).events ?? []
      const waiting: Waiting = {
        ...{ sfn, machineArn, versionArn, executionArn, history, pause },
        status: async () => (await sfn.send(new DescribeExecutionCommand({ executionArn }))).status,
      }
      await until('the execution misses two heartbeats', HEARTBEATS_MS, pause, async () => {
        const isThere = (await attemptsOf(waiting)).some(({ state }) => state === AGAIN)
        if (!isThere && (await waiting.status()) !== 'RUNNING')
          throw new Error(`the execution is ${await waiting.status()}; may its role put events on the default bus?`)
        return isThere || undefined
      })
      return waiting
    },
  }
}
