import { expect, test } from 'vitest'
import { CLOUDFORMATION_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/cloudformation.ts'
import { CLOUDFRONT_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/cloudfront.ts'
import { CLOUDWATCH_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/cloudwatch.ts'
import { DYNAMODB_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/dynamodb.ts'
import { ECR_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/ecr.ts'
import { ELB_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/elbv2.ts'
import { EVENTS_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/events.ts'
import { LAMBDA_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/lambda.ts'
import { LOGS_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/logs.ts'
import { s3Authorization } from '../../../../rehearsal/aws/authorization/s3.ts'
import { secretsAuthorization } from '../../../../rehearsal/aws/authorization/secrets-manager.ts'
import { SNS_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/sns.ts'
import { SQS_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/sqs.ts'
import { statesAuthorization } from '../../../../rehearsal/aws/authorization/states.ts'
import { STS_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/sts.ts'
import { AwsError } from '../../../../rehearsal/aws/service.ts'
import { accessesOf, HERE, type Row } from './accesses.ts'

const STATES = `arn:aws:states:${HERE}`
const secret = `arn:aws:secretsmanager:${HERE}:secret:sluice/slack-AbCdEf`
const secrets = secretsAuthorization({
  find(reference) {
    if (reference === 'sluice/slack') return { arn: secret } as never
    throw new AwsError('ResourceNotFoundException', '')
  },
})
const s3 = s3Authorization((_, key) => key === 'there')
const states = statesAuthorization({
  machineOf: token => (token === 'known' ? `${STATES}:stateMachine:Release` : undefined),
})

const ROWS: Row[] = [
  [
    states,
    'StartExecution',
    { stateMachineArn: `${STATES}:stateMachine:Release:3` },
    `states:StartExecution ${STATES}:stateMachine:Release states:StateMachineQualifier=3`,
  ],
  [
    states,
    'ListExecutions',
    { stateMachineArn: `${STATES}:stateMachine:Release` },
    `states:ListExecutions ${STATES}:stateMachine:Release`,
  ],
  [
    states,
    'DescribeExecution',
    { executionArn: `${STATES}:execution:Release:a` },
    `states:DescribeExecution ${STATES}:execution:Release:a`,
  ],
  [
    states,
    'GetExecutionHistory',
    { executionArn: `${STATES}:execution:Release:a` },
    `states:GetExecutionHistory ${STATES}:execution:Release:a`,
  ],
  [states, 'SendTaskSuccess', { taskToken: 'known' }, `states:SendTaskSuccess ${STATES}:stateMachine:Release`],
  [states, 'SendTaskFailure', { taskToken: 'never given' }],

  [
    DYNAMODB_AUTHORIZATION,
    'PutItem',
    { TableName: 'ledger' },
    `dynamodb:PutItem arn:aws:dynamodb:${HERE}:table/ledger`,
  ],
  [
    DYNAMODB_AUTHORIZATION,
    'Query',
    { TableName: 'ledger', IndexName: 'by' },
    `dynamodb:Query arn:aws:dynamodb:${HERE}:table/ledger/index/by`,
  ],
  [
    DYNAMODB_AUTHORIZATION,
    'BatchGetItem',
    { RequestItems: { a: {}, b: {} } },
    `dynamodb:BatchGetItem arn:aws:dynamodb:${HERE}:table/a`,
    `dynamodb:BatchGetItem arn:aws:dynamodb:${HERE}:table/b`,
  ],

  [
    ECR_AUTHORIZATION,
    'BatchGetImage',
    { repositoryName: 'demo-api' },
    `ecr:BatchGetImage arn:aws:ecr:${HERE}:repository/demo-api`,
  ],
  [ECR_AUTHORIZATION, 'DescribeRepositories', {}, `ecr:DescribeRepositories arn:aws:ecr:${HERE}:repository/*`],
  [ELB_AUTHORIZATION, 'DescribeRules', { ListenerArn: 'a' }, 'elasticloadbalancing:DescribeRules *'],
  [
    CLOUDWATCH_AUTHORIZATION,
    'DescribeAlarms',
    { AlarmNames: ['a'] },
    `cloudwatch:DescribeAlarms arn:aws:cloudwatch:${HERE}:alarm:*`,
  ],
  [CLOUDWATCH_AUTHORIZATION, 'GetMetricData', {}, 'cloudwatch:GetMetricData *'],
  [
    CLOUDFRONT_AUTHORIZATION,
    'CreateInvalidation',
    { DistributionId: 'E1' },
    'cloudfront:CreateInvalidation arn:aws:cloudfront::111122223333:distribution/E1',
  ],
  [
    LOGS_AUTHORIZATION,
    'GetLogEvents',
    { logGroupName: '/backup', logStreamName: 'a/b' },
    `logs:GetLogEvents arn:aws:logs:${HERE}:log-group:/backup:log-stream:a/b`,
  ],
  [SNS_AUTHORIZATION, 'Publish', { TopicArn: 'arn:of:topic' }, 'sns:Publish arn:of:topic'],
  [
    SQS_AUTHORIZATION,
    'ReceiveMessage',
    { QueueUrl: 'http://127.0.0.1:1/111122223333/told' },
    `sqs:ReceiveMessage arn:aws:sqs:${HERE}:told`,
  ],
  [
    LAMBDA_AUTHORIZATION,
    'Invoke',
    { FunctionName: 'Wake', Qualifier: '3' },
    `lambda:InvokeFunction arn:aws:lambda:${HERE}:function:Wake:3`,
  ],
  [
    LAMBDA_AUTHORIZATION,
    'Invoke',
    { FunctionName: `arn:aws:lambda:${HERE}:function:Wake:3` },
    `lambda:InvokeFunction arn:aws:lambda:${HERE}:function:Wake:3`,
  ],
  [
    EVENTS_AUTHORIZATION,
    'PutEvents',
    { Entries: [{}, { EventBusName: 'default' }] },
    `events:PutEvents arn:aws:events:${HERE}:event-bus/default`,
  ],
  [secrets, 'GetSecretValue', { SecretId: 'sluice/slack' }, `secretsmanager:GetSecretValue ${secret}`],
  [
    secrets,
    'GetSecretValue',
    { SecretId: 'gone' },
    `secretsmanager:GetSecretValue arn:aws:secretsmanager:${HERE}:secret:gone`,
  ],
  [s3, 'HeadObject', { Bucket: 'backups', Key: 'there' }, 's3:GetObject arn:aws:s3:::backups/there'],
  [
    s3,
    'HeadObject',
    { Bucket: 'backups', Key: 'not' },
    's3:GetObject arn:aws:s3:::backups/not',
    's3:ListBucket arn:aws:s3:::backups',
  ],
  [
    CLOUDFORMATION_AUTHORIZATION,
    'DescribeStacks',
    { StackName: 'Sluice' },
    `cloudformation:DescribeStacks arn:aws:cloudformation:${HERE}:stack/Sluice/*`,
  ],
  [STS_AUTHORIZATION, 'GetCallerIdentity', {}],
]

test.for(ROWS)('each service asks for what its call is about · %#, $1 $2', row => {
  const [_table, _operation, _input, ...accesses] = row
  expect(accessesOf(row)).toEqual(accesses)
})
