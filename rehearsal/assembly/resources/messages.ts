import { ComparisonOperator, Statistic } from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import { tail } from '../../aws/letters.ts'
import { ACCOUNT, arn } from '../../aws/service.ts'
import type { NewSubscription } from '../../aws/sns.ts'
import type { QueueSettings } from '../../aws/sqs/queue.ts'
import { indifferent, type ResourceType, resource, text, truth, whole } from '../resource.ts'

/** An object, or its JSON text. */
const json = <S extends z.ZodType>(of: S) =>
  z.preprocess(given => (typeof given === 'string' ? JSON.parse(given) : given), of)

const topic = z.strictObject({
  TopicName: text.optional(),
  DisplayName: indifferent,
  // AWS's own key lets in whoever may use the topic; any other has a policy that would have to be evaluated.
  KmsMasterKeyId: text
    .endsWith('alias/aws/sns', 'a key other than alias/aws/sns is not part of this rehearsal')
    .optional(),
  SignatureVersion: indifferent,
  TracingConfig: indifferent,
  Tags: indifferent,
})

const subscription = z.strictObject({
  TopicArn: text,
  Protocol: text,
  Endpoint: text,
  FilterPolicy: json(z.record(text, z.unknown())).optional(),
  FilterPolicyScope: z.literal('MessageAttributes').optional(),
  RawMessageDelivery: truth.optional(),
  RedrivePolicy: json(z.strictObject({ deadLetterTargetArn: text })).optional(),
})

const queue = z.strictObject({
  QueueName: text.optional(),
  VisibilityTimeout: whole.optional(),
  DelaySeconds: whole.optional(),
  MaximumMessageSize: whole.optional(),
  RedrivePolicy: json(z.strictObject({ deadLetterTargetArn: text, maxReceiveCount: whole })).optional(),
  // The default of long polling; there is none.
  ReceiveMessageWaitTimeSeconds: z.literal(0).optional(),
  // Nothing is forgotten by its age.
  MessageRetentionPeriod: indifferent,
  SqsManagedSseEnabled: indifferent,
  Tags: indifferent,
})

const actions = z.array(text).optional()

/** CloudFormation's names are those of PutMetricAlarm. */
const alarm = z.strictObject({
  AlarmName: text.optional(),
  AlarmDescription: text.optional(),
  Namespace: text,
  MetricName: text,
  Dimensions: z.array(z.strictObject({ Name: text, Value: text })).default([]),
  ComparisonOperator: z.enum(ComparisonOperator),
  Threshold: z.coerce.number(),
  EvaluationPeriods: whole,
  DatapointsToAlarm: whole.optional(),
  Period: whole,
  Statistic: z.enum(Statistic).optional(),
  ExtendedStatistic: text.optional(),
  TreatMissingData: text.optional(),
  ActionsEnabled: truth.optional(),
  AlarmActions: actions,
  OKActions: actions,
  InsufficientDataActions: actions,
  Tags: indifferent,
})

/** Topics, queues, and the alarms on them. */
export const MESSAGES: Readonly<Record<string, ResourceType>> = {
  'AWS::CloudWatch::Alarm': resource(
    alarm,
    (properties, { name, services }) => {
      const alarmName = name(properties.AlarmName, 255)
      services.cloudWatch.putAlarm({ ...properties, AlarmName: alarmName, Tags: undefined })
      return { ref: alarmName, attributes: { Arn: arn('cloudwatch', `alarm:${alarmName}`) } }
    },
    { inPlace: 'all', remove: ({ created }, { services }) => services.cloudWatch.deleteAlarm(created.ref) },
  ),

  'AWS::SNS::Subscription': resource(
    subscription,
    (properties, { services }) => {
      const created = services.sns.subscribe(subscriptionOf(properties))
      return { ref: created.arn, attributes: { Arn: created.arn } }
    },
    {
      inPlace: ['FilterPolicy', 'FilterPolicyScope', 'RawMessageDelivery', 'RedrivePolicy'],
      update(properties, { services }, { created }) {
        services.sns.unsubscribe(created.ref)
        services.sns.subscribe(subscriptionOf(properties))
        return created
      },
      isReplaced: true,
      remove: ({ created }, { services }) => services.sns.unsubscribe(created.ref),
    },
  ),

  'AWS::SNS::Topic': resource(topic, ({ TopicName }, { name, services }) => {
    const topicName = name(TopicName, 256)
    const created = services.sns.createTopic(topicName)
    return { ref: created.arn, attributes: { TopicArn: created.arn, TopicName: topicName } }
  }),

  // Who may publish is not evaluated yet.
  'AWS::SNS::TopicPolicy': resource(
    z.strictObject({ PolicyDocument: z.unknown(), Topics: z.array(text) }),
    ({ Topics }) => {
      const id = `${ACCOUNT}-${tail(Topics.join(), 12)}`
      return { ref: id, attributes: { Id: id } }
    },
    { inPlace: 'all', remove: () => {} },
  ),

  'AWS::SQS::Queue': resource(
    queue,
    (properties, { name, services }) => {
      const queueName = name(properties.QueueName, 80)
      const created = services.sqs.createQueue({ name: queueName, ...queueSettings(properties) })
      return { ref: created.url, attributes: { Arn: created.arn, QueueName: queueName, QueueUrl: created.url } }
    },
    {
      inPlace: ['VisibilityTimeout', 'DelaySeconds', 'MaximumMessageSize', 'RedrivePolicy'],
      update(properties, { services }, { created }) {
        const name = created.attributes.QueueName ?? ''
        services.sqs.updateQueue({ name, ...queueSettings(properties) })
        return created
      },
    },
  ),

  'AWS::SQS::QueuePolicy': resource(
    z.strictObject({ PolicyDocument: z.unknown(), Queues: z.array(text) }),
    ({ PolicyDocument, Queues }, { services }) => {
      for (const url of Queues) services.sqs.putQueuePolicy(url, PolicyDocument)
      const id = tail(Queues.join(), 12)
      return { ref: id, attributes: { Id: id } }
    },
    { inPlace: ['PolicyDocument'] },
  ),
}

function subscriptionOf(properties: z.output<typeof subscription>): NewSubscription {
  const { FilterPolicy, RawMessageDelivery, RedrivePolicy } = properties
  return {
    topicArn: properties.TopicArn,
    protocol: properties.Protocol,
    endpoint: properties.Endpoint,
    ...(FilterPolicy && { filterPolicy: FilterPolicy }),
    ...(RawMessageDelivery !== undefined && { rawMessageDelivery: RawMessageDelivery }),
    ...(RedrivePolicy && { deadLetterArn: RedrivePolicy.deadLetterTargetArn }),
  }
}

function queueSettings(properties: z.output<typeof queue>): Omit<QueueSettings, 'name'> {
  const { VisibilityTimeout, DelaySeconds, MaximumMessageSize, RedrivePolicy } = properties
  return {
    ...(VisibilityTimeout !== undefined && { visibilityTimeout: VisibilityTimeout }),
    ...(DelaySeconds !== undefined && { delay: DelaySeconds }),
    ...(MaximumMessageSize !== undefined && { maximumMessageSize: MaximumMessageSize }),
    ...(RedrivePolicy && {
      redrive: { deadLetterArn: RedrivePolicy.deadLetterTargetArn, maxReceiveCount: RedrivePolicy.maxReceiveCount },
    }),
  }
}
