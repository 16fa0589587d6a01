import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

// A server and its command-line tool in one image, as most applications have it.
const verbs = {
  exit: (_, code) => Number(code),
  fail() {
    throw new Error('relation "books" does not exist')
  },
  hang: () => new Promise(() => {}),
  stubborn() {
    process.on('SIGTERM', () => console.log('not now'))
    console.log('listening to nobody')
    return new Promise(() => setInterval(() => {}, 1000))
  },
  print(env, name) {
    console.log(`${name}=${env[name]}`)
    return 0
  },
  pid() {
    console.log(process.pid)
    return 0
  },
  date() {
    console.log(new Date().toISOString())
    return 0
  },
  async backup(_, Bucket, Key) {
    const s3 = new S3Client({})
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'create table books ();' }))
    console.log(`s3://${Bucket}/${Key}`)
    return 0
  },
}

export default {
  fetch: (_, env) => Response.json({ database: env.DATABASE_URL }),
  run: (env, [verb, ...words]) => verbs[verb](env, ...words),
}
