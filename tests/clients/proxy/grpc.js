// grpc-js as the app that calls through its sidecar: node grpc.js OUTBOUND_ADDRESS AUTHORITY CASE [ARGUMENT]. Prints one JSON object.
'use strict';
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const { shop } = grpc.loadPackageDefinition(loader.loadSync(path.join(__dirname, 'echo.proto')));
const [address, authority, name, argument] = process.argv.slice(2);
const client = new shop.v1.Echo(address, grpc.credentials.createInsecure(), {
  'grpc.default_authority': authority,
  // The sidecar's retries are what is tested, not the client's.
  'grpc.enable_retries': 0,
});

const failure = (error) => ({ code: error.code, message: error.details, metadata: error.metadata.getMap() });

const cases = {
  say: () => new Promise((resolve) => {
    const deadline = Date.now() + 15000;
    client.Say({ value: argument }, { deadline }, (error, reply) => resolve(error ? failure(error) : { code: 0, value: reply.value }));
  }),
  // ARGUMENT: {"millis": deadline of the call, "headers": {…}}
  within: () => new Promise((resolve) => {
    const { millis, headers } = JSON.parse(argument);
    const metadata = new grpc.Metadata();
    Object.entries(headers || {}).forEach(([key, value]) => metadata.set(key, value));
    client.Say({ value: 'x' }, metadata, { deadline: Date.now() + millis }, (error, reply) => resolve(error ? failure(error) : { code: 0, value: reply.value }));
  }),
  // Each message is written only after the answer to the one before has come: nothing on the way may wait for more.
  chat: () => new Promise((resolve) => {
    const values = [];
    const call = client.Chat({ deadline: Date.now() + 15000 });
    call.on('data', (reply) => {
      values.push(reply.value);
      if (values.length < Number(argument)) call.write({ value: String(values.length) });
      else call.end();
    });
    call.on('error', (error) => resolve({ ...failure(error), values }));
    call.on('end', () => resolve({ code: 0, values }));
    call.write({ value: '0' });
  }),
};

cases[name]().then((seen) => {
  console.log(JSON.stringify(seen));
  client.close();
});
