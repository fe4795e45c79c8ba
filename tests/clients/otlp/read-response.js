// Reads answers of ours as an exporter would: arguments signal (Traces, Metrics, Logs), format (Protobuf, Json), base64.
'use strict';
const transformer = require('@opentelemetry/otlp-transformer');
const [signal, format, bytes] = process.argv.slice(2);
const serializer = transformer[`${format}${signal === 'Traces' ? 'Trace' : signal}Serializer`];
process.stdout.write(JSON.stringify(serializer.deserializeResponse(Buffer.from(bytes, 'base64'))));
