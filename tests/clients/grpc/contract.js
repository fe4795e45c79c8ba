// What client.js and server.js share: the service of echo.proto, and google.rpc.Status for error details.
'use strict';
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const definition = loader.loadSync(path.join(__dirname, 'echo.proto'), { keepCase: true, defaults: true, longs: String });
const { Echo } = grpc.loadPackageDefinition(definition).meshinsight.test.v1;

// Small enough to write by hand: google.rpc.Status { code = 1, message = 2, details = 3 } with one Any of RetryInfo { retry_delay = 1 }.
function field(number, bytes) {
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) {
      bytes.push(Number(rest));
      return Buffer.from(bytes);
    }
    bytes.push(Number(rest & 127n) | 128);
  }
}

function statusWithRetry(code, message, millis) {
  const seconds = Math.floor(millis / 1000);
  const duration = Buffer.concat([Buffer.from([8]), varint(seconds), Buffer.from([16]), varint((millis - seconds * 1000) * 1e6)]);
  const any = Buffer.concat([field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')), field(2, field(1, duration))]);
  return Buffer.concat([Buffer.from([8]), varint(code), field(2, Buffer.from(message)), field(3, any)]);
}

module.exports = { grpc, Echo, statusWithRetry };
