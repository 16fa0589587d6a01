export default {
  run: env => Number(env.EXIT),
}
