import { type Authorization, arn } from '../service.ts'

interface OnTable {
  TableName?: string
  IndexName?: string
}

interface OnTables {
  RequestItems?: Record<string, unknown>
}

const tableArn = (nameOrArn = '') => (nameOrArn.startsWith('arn:') ? nameOrArn : arn('dynamodb', `table/${nameOrArn}`))

const onTable =
  (action: string) =>
  ({ TableName, IndexName }: OnTable) => [
    { action: `dynamodb:${action}`, resource: `${tableArn(TableName)}${IndexName ? `/index/${IndexName}` : ''}` },
  ]

const onTables =
  (action: string) =>
  ({ RequestItems = {} }: OnTables) =>
    Object.keys(RequestItems).map(table => ({ action: `dynamodb:${action}`, resource: tableArn(table) }))

export const DYNAMODB_AUTHORIZATION: Authorization = {
  ...Object.fromEntries(
    [
      ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan'],
      ...['CreateTable', 'DescribeTable', 'DeleteTable'],
    ].map(operation => [operation, onTable(operation)]),
  ),
  BatchGetItem: onTables('BatchGetItem'),
  BatchWriteItem: onTables('BatchWriteItem'),
}
