const assert = require('node:assert');
const { connect, rows, run } = require('./harness');

const client = connect();
const endless = (mark) => `SELECT count() FROM numbers(1e13) WHERE NOT ignore(sipHash64(number, '${mark}'))`;
const running = async (mark) => Number((await rows(client, 'SELECT count() AS n FROM system.processes WHERE position(query, {mark:String}) > 0 AND query NOT LIKE \'%system.processes%\'', { mark }))[0].n);
const until = async (mark, count) => { while (await running(mark) !== count); };

run({
  'abort stops the statement': async () => {
    const mark = 'm' + Math.random();
    const abort = new AbortController();
    const query = client.query({ query: endless(mark), abort_signal: abort.signal });
    await until(mark, 1);
    abort.abort();
    await assert.rejects(query, /aborted/);
    await until(mark, 0);
  },

  'closing a stream stops it': async () => {
    const mark = 'm' + Math.random();
    const result = await client.query({ query: `SELECT number, '${mark}' AS m FROM numbers(1e13)`, format: 'JSONEachRow' });
    for await (const part of result.stream()) {
      assert.ok(part.length > 0);
      break;
    }
    result.close();
    await until(mark, 0);
  },

  'statements after it are served': async () => assert.deepStrictEqual(await rows(client, 'SELECT 1 AS x'), [{ x: 1 }]),
}).then(() => process.exit(0));
