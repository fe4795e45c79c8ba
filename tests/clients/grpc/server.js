// grpc-js as server on a port of the system's choice. Prints "listening grpc URL"; serves until it is killed.
'use strict';
const { grpc, Echo, statusWithRetry } = require('./contract.js');

function failureOf(request) {
  const metadata = new grpc.Metadata();
  metadata.set('x-trailer', 'seen');
  if (request.retry_millis > 0) metadata.set('grpc-status-details-bin', statusWithRetry(request.code, request.text, request.retry_millis));
  return { code: request.code, details: request.text, metadata };
}

function reply(request) {
  return { text: request.text, count: request.count, payload: request.payload };
}

const server = new grpc.Server({ 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': 4 * 1024 * 1024 });
server.addService(Echo.service, {
  Unary(call, callback) {
    const headers = new grpc.Metadata();
    headers.set('x-answer', String(call.metadata.get('x-asked')[0] ?? ''));
    headers.set('x-encoding', String(call.metadata.get('grpc-encoding')[0] ?? ''));
    call.sendMetadata(headers);
    const trailers = new grpc.Metadata();
    trailers.set('x-trailer', 'seen');
    // A large answer is compressed for whoever sent a compressed question.
    callback(null, reply(call.request), trailers);
  },
  ServerStream(call) {
    for (let i = 0; i < call.request.count; i++) call.write({ text: `${call.request.text} ${i}` });
    call.end();
  },
  ClientStream(call, callback) {
    let count = 0;
    const texts = [];
    call.on('data', (request) => {
      count += request.count;
      texts.push(request.text);
      if (request.code > 0) callback(failureOf(request));
    });
    call.on('end', () => callback(null, { text: texts.join(','), count }));
  },
  Bidi(call) {
    call.write({ text: 'welcome' });
    call.on('data', (request) => {
      if (request.code > 0) call.emit('error', failureOf(request));
      else call.write(reply(request));
    });
    call.on('end', () => call.end());
    call.on('cancelled', () => console.log('cancelled Bidi'));
  },
  Fail: (call, callback) => callback(failureOf(call.request)),
  FailLate(call) {
    for (let i = 0; i < call.request.count; i++) call.write({ text: String(i) });
    call.emit('error', failureOf(call.request));
  },
  Never(call) {
    call.on('cancelled', () => console.log('cancelled Never'));
  },
  Stubborn() {},
  Guarded: (call, callback) => callback(null, { text: String(call.metadata.get('authorization')[0] ?? '') }),
  Raw: (call, callback) => callback(null, reply(call.request)),
  Missing: undefined,
});

server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`listening grpc http://127.0.0.1:${port}`);
});
