const assert = require('node:assert');
const { connect, rows, run } = require('./harness');

const session = connect({ session_id: 'js-' + Math.random() });

run({
  'temporary table': async () => {
    await session.command({ query: 'CREATE TEMPORARY TABLE tmp (a UInt8)' });
    await session.insert({ table: 'tmp', values: [{ a: 3 }, { a: 4 }], format: 'JSONEachRow' });
    assert.deepStrictEqual(await rows(session, 'SELECT a FROM tmp ORDER BY a'), [{ a: 3 }, { a: 4 }]);
  },
  'which others do not see': () => assert.rejects(rows(connect(), 'SELECT * FROM tmp'), { code: '60' }),
  'SET lives on': async () => {
    await session.command({ query: 'SET max_threads = 2' });
    assert.deepStrictEqual(await rows(session, "SELECT getSetting('max_threads')::UInt8 AS t"), [{ t: 2 }]);
  },
}).then(() => process.exit(0));
