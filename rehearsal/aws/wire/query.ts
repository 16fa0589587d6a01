import { XmlShapeSerializer } from '@aws-sdk/core/protocols'
import type { NormalizedSchema } from '@smithy/core/schema'
import type { ClientModel, OperationModel } from './model.ts'
import type { Wire } from './protocol.ts'
import { text } from './rest-json.ts'

type Schema = Parameters<XmlShapeSerializer['write']>[0]

/** awsQuery: a form in, XML out. */
export function queryWire(model: ClientModel): Wire {
  const headers = { 'content-type': 'text/xml' }
  return {
    operation({ body }) {
      const named = new URLSearchParams(body.toString()).get('Action') ?? ''
      const found = model.operations.get(named)
      return { named, ...(found ? { model: found } : {}) }
    },
    read: (operation, { body }) =>
      (readForm(operation.input, formTree(new URLSearchParams(body.toString()))) ?? {}) as Record<string, unknown>,
    write(operation, output, requestId) {
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`
      const response = `${operation.name}Response`
      const body = `<${response} xmlns="${model.xmlNamespace}">${result(operation, output)}${metadata}</${response}>`
      return { status: 200, headers, body }
    },
    writeError(error, requestId) {
      const traits = model.errors.get(error.name)?.getMergedTraits() as { awsQueryError?: [string, number] } | undefined
      const [code, status] = traits?.awsQueryError ?? []
      const answered = status ?? error.statusCode
      const parts = [
        `<Type>${answered < 500 ? 'Sender' : 'Receiver'}</Type>`,
        `<Code>${escapeXml(code ?? error.name)}</Code>`,
        `<Message>${escapeXml(error.message)}</Message>`,
        ...Object.entries(error.members).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`),
      ]
      const body = `<ErrorResponse xmlns="${model.xmlNamespace}"><Error>${parts.join('')}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`
      return { status: answered, headers, body }
    },
  }
}

export function escapeXml(value: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return value.replace(/[&<>"]/g, character => entities[character] ?? character)
}

function result(operation: OperationModel, output: object): string {
  if (operation.output.isUnitSchema()) return ''
  const serializer = new XmlShapeSerializer({
    timestampFormat: { useTrait: true, default: 5 },
    serviceNamespace: '',
    xmlNamespace: '',
  })
  // The protocol's name of the result element is the operation's, whatever the output's shape is called.
  const [kind, namespace, , , ...members] = operation.output.getSchema() as readonly unknown[]
  serializer.write([kind, namespace, `${operation.name}Result`, 0, ...members] as unknown as Schema, output)
  return String(serializer.flush())
}

type FormTree = string | { [key: string]: FormTree }

function formTree(form: URLSearchParams): FormTree {
  const root: { [key: string]: FormTree } = {}
  for (const [name, value] of form) {
    const path = name.split('.')
    const last = path.pop() ?? ''
    let node = root
    for (const part of path) {
      const known = node[part]
      const inner = typeof known === 'object' ? known : {}
      node[part] = inner
      node = inner
    }
    node[last] = value
  }
  return root
}

function readForm(schema: NormalizedSchema, node: FormTree | undefined): unknown {
  if (node === undefined) return undefined
  if (schema.isStructSchema()) {
    const members = [...schema.structIterator()].flatMap(([name, member]) => {
      const value = readForm(member, child(node, member.getMergedTraits().xmlName ?? name))
      return value === undefined ? [] : [[name, value]]
    })
    return Object.fromEntries(members)
  }
  const { xmlFlattened } = schema.getMergedTraits()
  if (schema.isListSchema()) {
    const member = schema.getValueSchema()
    const items = xmlFlattened ? node : child(node, member.getMergedTraits().xmlName ?? 'member')
    return inOrder(items).map(item => readForm(member, item))
  }
  if (schema.isMapSchema()) {
    const value = schema.getValueSchema()
    const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key'
    const valueName = value.getMergedTraits().xmlName ?? 'value'
    const entries = inOrder(xmlFlattened ? node : child(node, 'entry'))
    return Object.fromEntries(entries.map(entry => [child(entry, keyName), readForm(value, child(entry, valueName))]))
  }
  return text(schema, typeof node === 'string' ? node : undefined)
}

function child(node: FormTree, name: string): FormTree | undefined {
  return typeof node === 'string' ? undefined : node[name]
}

function inOrder(node: FormTree | undefined): FormTree[] {
  if (node === undefined || typeof node === 'string') return []
  return Object.entries(node)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item)
}
