// Runs named checks one after the other against the server whose address is the first argument.
const { createClient } = require('@clickhouse/client');

const url = process.argv[2];
const QUIET = { level: 127 };

exports.connect = (options = {}) => createClient({ url, log: QUIET, ...options });

exports.newTable = async (client, columns, tail = 'ENGINE = MergeTree ORDER BY tuple()') => {
  const table = 'js_' + Math.random().toString(36).slice(2);
  await client.command({ query: `CREATE TABLE ${table} (${columns}) ${tail}` });
  return table;
};

exports.rows = async (client, query, query_params) =>
  (await client.query({ query, query_params, format: 'JSONEachRow' })).json();

exports.run = async (checks) => {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
    } catch (error) {
      console.error(`${name}: ${error.stack}`);
      process.exit(1);
    }
  }
  console.log(`${Object.keys(checks).length} passed`);
};
