import { DescribeExecutionCommand } from '@aws-sdk/client-sfn'
import { asAssumed, otherwise, type Question } from '../../question.ts'
import type { Waiting } from './attempts.ts'

export const machineOfExecution: Question<Waiting> = {
  name: 'machine-of-execution',
  asks: 'what does stateMachineArn name of an execution that was started by a version?',
  assumed: 'the machine; the version is in stateMachineVersionArn',
  async ask({ sfn, executionArn, machineArn, versionArn }) {
    const told = await sfn.send(new DescribeExecutionCommand({ executionArn }))
    const named = told.stateMachineArn === machineArn ? 'the machine' : String(told.stateMachineArn)
    const version = told.stateMachineVersionArn === versionArn ? 'the version' : String(told.stateMachineVersionArn)
    const saw = `${named}; in stateMachineVersionArn ${version}`
    return named === 'the machine' && version === 'the version' ? asAssumed(saw) : otherwise(saw)
  },
}
