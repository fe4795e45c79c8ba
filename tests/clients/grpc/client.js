// grpc-js as client: node client.js ADDRESS CASE [ARGUMENT]. Prints one JSON object with what it saw.
'use strict';
const { grpc, Echo } = require('./contract.js');

const [address, name, argument] = process.argv.slice(2);
const gzip = { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip };
const unlimited = { 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 };

function connect(options = {}) {
  return new Echo(address, grpc.credentials.createInsecure(), { ...unlimited, ...options });
}

function failure(error) {
  const details = error.metadata.get('grpc-status-details-bin')[0];
  return { code: error.code, message: error.details, details: details ? details.toString('hex') : '', metadata: error.metadata.getMap() };
}

function unary(client, method, request, options = {}, metadata = new grpc.Metadata()) {
  return new Promise((resolve) => {
    let headers = {};
    let trailers = {};
    const call = client[method](request, metadata, options, (error, reply) =>
      setImmediate(() => resolve(error ? failure(error) : { code: 0, text: reply.text, count: reply.count, bytes: reply.payload.length, headers, trailers })));
    call.on('metadata', (m) => { headers = m.getMap(); });
    call.on('status', (s) => { trailers = s.metadata.getMap(); });
  });
}

function collect(call) {
  return new Promise((resolve) => {
    const texts = [];
    call.on('data', (reply) => texts.push(reply.text));
    call.on('error', (error) => resolve({ ...failure(error), texts }));
    call.on('end', () => resolve({ code: 0, texts }));
  });
}

const cases = {
  unary: () => unary(connect(), 'Unary', { text: argument, count: 7 }),
  metadata: () => {
    const metadata = new grpc.Metadata();
    metadata.set('x-asked', argument);
    return unary(connect(), 'Unary', { text: 'metadata' }, {}, metadata);
  },
  gzip: () => unary(connect(gzip), 'Unary', { text: 'gzip', payload: Buffer.alloc(Number(argument), 7) }),
  rawGzip: () => unary(connect(gzip), 'Raw', { text: 'raw', payload: Buffer.alloc(Number(argument), 7) }),
  plain: () => unary(connect(), 'Unary', { text: 'plain', payload: Buffer.alloc(Number(argument), 7) }),
  raw: () => unary(connect(), 'Raw', { text: 'raw', payload: Buffer.alloc(Number(argument), 7) }),
  serverStream: () => collect(connect().ServerStream({ text: 'stream', count: Number(argument) })),
  clientStream: () => new Promise((resolve) => {
    const call = connect().ClientStream((error, reply) => resolve(error ? failure(error) : { code: 0, text: reply.text, count: reply.count }));
    for (let i = 0; i < Number(argument); i++) call.write({ text: String(i), count: 1 });
    call.end();
  }),
  // Each message is written only after the answer to the one before has come.
  bidi: () => new Promise((resolve) => {
    const call = connect().Bidi();
    const texts = [];
    call.on('data', (reply) => {
      texts.push(reply.text);
      if (texts.length < Number(argument)) call.write({ text: String(texts.length) });
      else call.end();
    });
    call.on('error', (error) => resolve(failure(error)));
    call.on('end', () => resolve({ code: 0, texts }));
    call.write({ text: '0' });
  }),
  // The time runs from when the call can be made: before that there may be none of it left for the server.
  deadline: () => new Promise((resolve) => {
    const client = connect();
    client.waitForReady(Date.now() + 30000, () => resolve(unary(client, 'Never', { text: 'deadline' }, { deadline: Date.now() + Number(argument) })));
  }),
  stubborn: () => unary(connect(), 'Stubborn', { text: 'deadline' }, { deadline: Date.now() + Number(argument) }),
  // The second call is answered when the first has been taken.
  cancel: () => new Promise((resolve) => {
    const client = connect();
    const call = client.Never({ text: 'cancel' }, (error) => resolve(failure(error)));
    client.Stubborn({ text: 'is it there?' }, () => call.cancel());
  }),
  fail: () => unary(connect(), 'Fail', { text: argument, code: 8, retry_millis: 1500 }),
  failPlainly: () => unary(connect(), 'Fail', { text: argument, code: 9 }),
  failLate: () => collect(connect().FailLate({ text: 'too late', count: Number(argument), code: 10 })),
  missing: () => unary(connect(), 'Missing', { text: 'missing' }),
  guarded: () => {
    const metadata = new grpc.Metadata();
    if (argument) metadata.set('authorization', argument);
    return unary(connect(), 'Guarded', { text: 'guarded' }, {}, metadata);
  },
};

cases[name]().then((result) => {
  console.log(JSON.stringify(result));
  process.exit(0);
});
