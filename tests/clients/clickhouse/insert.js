const assert = require('node:assert');
const { Readable } = require('node:stream');
const { connect, newTable, rows, run } = require('./harness');

const COLUMNS = 'id UInt64, name String, attrs Map(LowCardinality(String), String), at DateTime64(9)';

const checks = {};
for (const compressed of [false, true]) {
  const client = connect({ compression: { request: compressed, response: compressed } });
  const label = compressed ? 'gzip both ways' : 'plain';

  checks[`array, ${label}`] = async () => {
    const table = await newTable(client, COLUMNS);
    const row = { id: '1', name: "a;\n\n'b'\t\\\"c\"", attrs: { k: "v'\n" }, at: '2026-11-20 12:00:00.123456789' };
    const { executed, summary } = await client.insert({ table, format: 'JSONEachRow', values: [row] });
    assert.strictEqual(executed, true);
    assert.strictEqual(summary.written_rows, '1');
    const [stored] = await rows(client, `SELECT id, name, attrs, at FROM ${table}`);
    assert.deepStrictEqual({ ...stored, id: String(stored.id) }, row);
  };

  checks[`stream of 100,000 rows, ${label}`] = async () => {
    const table = await newTable(client, COLUMNS);
    const values = Readable.from((function* () {
      for (let i = 0; i < 100_000; i++) yield { id: i, name: 'n' + i, attrs: { i: String(i) }, at: '2026-11-20 12:00:00' };
    })(), { objectMode: true });
    await client.insert({ table, format: 'JSONEachRow', values });
    const [sum] = await rows(client, `SELECT count() AS n, toString(sum(id)) AS s, countIf(attrs['i'] = toString(id)) AS same FROM ${table}`);
    assert.deepStrictEqual([Number(sum.n), sum.s, Number(sum.same)], [100_000, '4999950000', 100_000]);
  };

  checks[`raw CSV stream, ${label}`] = async () => {
    const table = await newTable(client, 'a Int32, b String');
    await client.insert({ table, format: 'CSV', values: Readable.from(['1,"x\n', '\ny"\n2,', 'z\n'], { objectMode: false }) });
    assert.deepStrictEqual(await rows(client, `SELECT a, b FROM ${table} ORDER BY a`), [{ a: 1, b: 'x\n\ny' }, { a: 2, b: 'z' }]);
  };
}

checks['some columns'] = async () => {
  const client = connect();
  const table = await newTable(client, COLUMNS);
  await client.insert({ table, columns: ['id', 'name'], format: 'JSONCompactEachRow', values: [[5, 'x']] });
  await client.insert({ table, columns: { except: ['attrs', 'at'] }, format: 'JSONEachRow', values: [{ id: 6, name: 'y' }] });
  assert.deepStrictEqual(await rows(client, `SELECT name FROM ${table} ORDER BY id`), [{ name: 'x' }, { name: 'y' }]);
};

checks['command INSERT SELECT'] = async () => {
  const client = connect();
  const table = await newTable(client, 'a UInt64');
  const { summary } = await client.command({ query: `INSERT INTO ${table} SELECT number FROM numbers(10)` });
  assert.strictEqual(summary.written_rows, '10');
};

checks['exec with values'] = async () => {
  const client = connect();
  const table = await newTable(client, 'a UInt64');
  const { stream } = await client.exec({ query: `INSERT INTO ${table} FORMAT TabSeparated`, values: Readable.from(['7\n8\n'], { objectMode: false }) });
  stream.resume();
  await new Promise((done) => stream.once('close', done));
  assert.deepStrictEqual(await rows(client, `SELECT sum(a)::Int32 AS s FROM ${table}`), [{ s: 15 }]);
};

run(checks).then(() => process.exit(0));
