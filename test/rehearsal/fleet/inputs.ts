import type { CreateServiceRequest, RegisterTaskDefinitionRequest } from '@aws-sdk/client-ecs'
import type { CreateTargetGroupInput } from '@aws-sdk/client-elastic-load-balancing-v2'

export const TARGET_GROUP: CreateTargetGroupInput = {
  Name: 'web',
  Protocol: 'HTTP',
  Port: 3000,
  VpcId: 'vpc-1',
  TargetType: 'ip',
  HealthCheckPath: '/health',
  HealthCheckIntervalSeconds: 10,
  HealthyThresholdCount: 2,
}

export function taskDefinitionOf(
  image: string,
  more: Partial<RegisterTaskDefinitionRequest> = {},
): RegisterTaskDefinitionRequest {
  return {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [
      {
        name: 'web',
        image: `registry.test/web:${image}`,
        portMappings: [{ containerPort: 3000 }],
        environment: [{ name: 'GREETING', value: 'hello' }],
        logConfiguration: {
          logDriver: 'awslogs',
          options: { 'awslogs-group': '/shop/web', 'awslogs-stream-prefix': 'ecs' },
        },
      },
    ],
    ...more,
  }
}

export function serviceOf(targetGroupArn: string): CreateServiceRequest {
  return {
    cluster: 'shop',
    serviceName: 'web',
    desiredCount: 2,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    loadBalancers: [{ targetGroupArn, containerName: 'web', containerPort: 3000 }],
  }
}
