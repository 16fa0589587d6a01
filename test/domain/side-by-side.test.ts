import { describe, expect, test } from 'vitest'
import { applicationSchema } from '../../domain/application.ts'
import { clashes } from '../../domain/side-by-side.ts'

const application = (app: string, service: string, imageParameter?: string) =>
  applicationSchema.parse({
    app,
    images: { api: `${app}-api` },
    trigger: { tags: '^v' },
    stages: [
      {
        name: 'production',
        cluster: 'shared',
        services: [{ service, container: 'api', image: 'api', strategy: 'rolling', imageParameter }],
      },
    ],
  })

describe('applications of one installation', () => {
  test.each([
    [
      'with services and parameters of their own',
      application('books', 'books', '/books'),
      application('toys', 'toys', '/toys'),
      [],
    ],
    [
      'of one name',
      application('books', 'books'),
      application('books', 'other'),
      ['app: "books": two files have this name; rename one'],
    ],
    [
      'that release one service',
      application('books', 'api'),
      application('toys', 'api'),
      ['service api of cluster shared is in books and in toys; a service has one application'],
    ],
    [
      'that write one parameter, however it is written',
      application('books', 'books', '/image'),
      application('toys', 'toys', 'image'),
      ['imageParameter image is in books and in toys; a parameter holds the image of one'],
    ],
  ])('%s', (_, one, other, expected) => {
    expect(clashes([one, other])).toEqual(expected)
  })
})
