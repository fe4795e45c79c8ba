const assert = require('node:assert');
const { connect, newTable, run } = require('./harness');

const client = connect();
const fails = (promise, code, type) => assert.rejects(promise, (error) => {
  assert.strictEqual(error.code, code, error.message);
  if (type) assert.strictEqual(error.type, type);
  return true;
});

run({
  'syntax (62)': () => fails(client.query({ query: 'SELEC 1' }), '62'),
  'several statements (62)': () => fails(client.command({ query: 'SELECT 1; SELECT 2' }), '62', 'SYNTAX_ERROR'),
  'unknown table (60)': () => fails(client.query({ query: 'SELECT * FROM nosuch' }), '60', 'UNKNOWN_TABLE'),
  'unknown table of an insert (60)': () => fails(client.insert({ table: 'nosuch', values: [{ a: 1 }], format: 'JSONEachRow' }), '60', 'UNKNOWN_TABLE'),
  'unknown database (81)': () => fails(client.query({ query: 'SELECT * FROM nosuch.t' }), '81', 'UNKNOWN_DATABASE'),
  'unknown column (47)': () => fails(client.query({ query: 'SELECT nosuch' }), '47', 'UNKNOWN_IDENTIFIER'),
  'unknown setting (115)': () => fails(client.query({ query: 'SELECT 1', clickhouse_settings: { nosuch: 1 } }), '115', 'UNKNOWN_SETTING'),
  'unknown user (516)': () => fails(connect({ username: 'somebody' }).query({ query: 'SELECT 1' }), '516', 'AUTHENTICATION_FAILED'),
  'files (497)': () => fails(client.query({ query: "SELECT * FROM file('/etc/passwd', LineAsString)" }), '497', 'ACCESS_DENIED'),
  'missing parameter (456)': () => fails(client.query({ query: 'SELECT {x:UInt8}' }), '456', 'UNKNOWN_QUERY_PARAMETER'),

  'a row that cannot be parsed (27)': async () => {
    const table = await newTable(client, 'id UInt64');
    await fails(client.insert({ table, values: [{ id: 1 }, { id: 'abc' }], format: 'JSONEachRow' }), '27', 'CANNOT_PARSE_INPUT_ASSERTION_FAILED');
    assert.strictEqual(await (await client.query({ query: `SELECT count() FROM ${table}`, format: 'TSV' })).text(), '0\n');
  },

  'after the first rows (395)': async () => {
    const result = await client.query({ query: 'SELECT throwIf(number = 3000000) AS x FROM numbers(4000000)', format: 'JSONEachRow', clickhouse_settings: { max_block_size: '65536' } });
    await fails((async () => { for await (const rows of result.stream()) assert.ok(rows.length > 0); })(), '395', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO');
  },

  'and the next statement is well': async () => assert.strictEqual(await (await client.query({ query: 'SELECT 1', format: 'TSV' })).text(), '1\n'),
}).then(() => process.exit(0));
