const assert = require('node:assert');
const { connect, newTable, rows, run } = require('./harness');

const client = connect({ compression: { response: true }, max_open_connections: 20 });

run({
  ping: async () => {
    assert.deepStrictEqual(await client.ping(), { success: true });
    assert.deepStrictEqual(await client.ping({ select: true }), { success: true });
  },

  'typed parameters': async () => {
    const values = {
      n: 42, f: 1.5, s: 'it\'s\ta "tab"\n\\ and `ticks`', a: ['q', "w'\n", ''], i: [1, 2, 3], b: true,
      d: new Date(1790000000123), nothing: null, m: { k: 1, "it's": 2 }, nested: [['a'], []],
    };
    const [row] = await rows(client, `SELECT {n:UInt32} AS n, {f:Float64} AS f, {s:String} AS s, {a:Array(String)} AS a, {i:Array(UInt8)} AS i, {b:Bool} AS b,
      {d:DateTime64(3)} AS d, {nothing:Nullable(String)} AS nothing, {m:Map(String, UInt32)} AS m, {nested:Array(Array(String))} AS nested`, values);
    assert.deepStrictEqual(row, { ...values, d: '2026-09-21 14:13:20.123' });
  },

  'parameters as names': async () => {
    const table = await newTable(client, 'a Int32');
    await client.insert({ table, values: [{ a: 3 }], format: 'JSONEachRow' });
    assert.deepStrictEqual(await rows(client, 'SELECT a FROM {t:Identifier}', { t: table }), [{ a: 3 }]);
  },

  'parameters too long for an address': async () => {
    const long = connect({ use_multipart_params_auto: true });
    const s = "x'\n".repeat(50_000);
    assert.deepStrictEqual(await rows(long, 'SELECT length({s:String})::UInt32 AS n', { s }), [{ n: s.length }]);
  },

  'JSON with statistics': async () => {
    const answer = await (await client.query({ query: 'SELECT number AS n FROM numbers(3)', format: 'JSON' })).json();
    assert.strictEqual(answer.rows, 3);
    assert.deepStrictEqual(Object.keys(answer.statistics), ['elapsed', 'rows_read', 'bytes_read']);
  },

  'rows as a stream': async () => {
    const result = await client.query({ query: 'SELECT number, repeat(\'x\', 50) AS s FROM numbers(200000)', format: 'JSONEachRow' });
    let count = 0;
    for await (const part of result.stream()) {
      for (const row of part) assert.strictEqual(Number(row.json().number), count++);
    }
    assert.strictEqual(count, 200_000);
    assert.strictEqual(result.response_headers['x-clickhouse-format'], 'JSONEachRow');
    assert.strictEqual(result.response_headers['content-encoding'], 'gzip');
  },

  'every format with a header is one document': async () => {
    for (const [format, header, end] of [['CSVWithNames', '"number"', '199999\n'], ['JSONCompact', '"meta"', '}\n'], ['TabSeparatedWithNamesAndTypes', 'UInt64', '199999\n']]) {
      const text = await (await client.query({ query: 'SELECT number FROM numbers(200000)', format })).text();
      assert.strictEqual(text.split(header).length, 2, format);
      assert.ok(text.endsWith(end), format);
    }
  },

  'exec of a binary format': async () => {
    const { stream } = await client.exec({ query: 'SELECT number FROM numbers(200000) FORMAT Parquet' });
    const parts = [];
    for await (const part of stream) parts.push(part);
    const file = Buffer.concat(parts);
    assert.strictEqual(file.subarray(0, 4).toString() + file.subarray(-4).toString(), 'PAR1PAR1');
  },

  settings: async () => {
    const result = await client.query({ query: "SELECT getSetting('max_threads')::UInt32 AS t", format: 'JSONEachRow', clickhouse_settings: { max_threads: 3, wait_end_of_query: 1 } });
    assert.deepStrictEqual(await result.json(), [{ t: 3 }]);
  },

  'fifty at once': async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => rows(client, 'SELECT {i:UInt32} AS i, count()::UInt32 AS n FROM numbers(100000)', { i })));
    answers.forEach(([row], i) => assert.deepStrictEqual(row, { i, n: 100_000 }));
  },

  'a long statement': async () => {
    const list = Array(100_000).fill('1').join(',');
    assert.deepStrictEqual(await rows(client, `SELECT 1 AS x WHERE 1 IN (${list})`), [{ x: 1 }]);
  },
}).then(() => process.exit(0));
