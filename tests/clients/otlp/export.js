// Sends traces, metrics and logs as an instrumented service would: arguments protocol (grpc, http/protobuf, http/json), endpoint, service name.
// Prints the ids that the sent spans have. Ends with 1 when an export failed.
'use strict';
const { SpanKind, SpanStatusCode, trace, context, diag, DiagLogLevel } = require('@opentelemetry/api');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BasicTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { MeterProvider, PeriodicExportingMetricReader, AggregationType } = require('@opentelemetry/sdk-metrics');
const { LoggerProvider, SimpleLogRecordProcessor } = require('@opentelemetry/sdk-logs');

const [protocol, endpoint, service] = process.argv.slice(2);
const kind = { grpc: 'grpc', 'http/protobuf': 'proto', 'http/json': 'http' }[protocol];
const failures = [];
diag.setLogger({ error: (...all) => failures.push(all.join(' ')), warn: (...all) => failures.push(all.join(' ')), info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);

function exporter(signal, type) {
  const Exporter = require(`@opentelemetry/exporter-${signal}-otlp-${kind}`)[type];
  const path = { trace: 'traces', metrics: 'metrics', logs: 'logs' }[signal];
  return new Exporter({ url: kind === 'grpc' ? endpoint : new URL(`/v1/${path}`, endpoint).href, compression: 'gzip' });
}

const resource = resourceFromAttributes({ 'service.name': service, 'service.version': 'v7', 'service.instance.id': 'i-1', 'process.pid': 4711, 'host.up': true });
const attributes = {
  text: 'Grüße, 世界 🌍 "quoted" \\ \t', empty: '', int: -42, big: 9007199254740991, double: 0.25, yes: true, no: false,
  texts: ['a', '', 'ü'], ints: [1, -2, 300], doubles: [0.5, 2.25], bools: [true, false],
};

async function traces() {
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter('trace', 'OTLPTraceExporter'))] });
  const tracer = provider.getTracer('client scope', '1.2.3');
  const server = tracer.startSpan('GET /cart/{id}', { kind: SpanKind.SERVER, root: true, attributes });
  const client = tracer.startSpan('charge', {
    kind: SpanKind.CLIENT,
    links: [{ context: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: '00f067aa0ba902b7', traceFlags: 1 }, attributes: { 'link.kind': 'batch' } }],
  }, trace.setSpan(context.active(), server));
  client.addEvent('exception', { 'exception.type': 'TimeoutError', 'exception.escaped': false });
  client.setStatus({ code: SpanStatusCode.ERROR, message: 'gave up' });
  client.end();
  server.setStatus({ code: SpanStatusCode.ERROR });
  server.end();
  await provider.shutdown();
  return { traceId: server.spanContext().traceId, serverId: server.spanContext().spanId, clientId: client.spanContext().spanId };
}

async function metrics() {
  const reader = new PeriodicExportingMetricReader({ exporter: exporter('metrics', 'OTLPMetricExporter'), exportIntervalMillis: 60000 });
  const provider = new MeterProvider({
    resource,
    readers: [reader],
    views: [{ instrumentName: 'latency.exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter('client meter', '0.9');
  meter.createCounter('requests', { description: 'Requests taken', unit: '{request}', valueType: 0 }).add(3, { route: '/cart', code: 200 });
  meter.createObservableGauge('load').addCallback((result) => result.observe(0.75, { core: 0 }));
  const histogram = meter.createHistogram('latency', { unit: 's', advice: { explicitBucketBoundaries: [0.005, 0.1, 1] } });
  const exponential = meter.createHistogram('latency.exponential', { unit: 's' });
  for (const value of [0.001, 0.02, 0.5, 0.5, 4]) {
    histogram.record(value, { method: 'GET' });
    exponential.record(value, { method: 'GET' });
  }
  await provider.shutdown();
}

async function logs(ids) {
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter: exporter('logs', 'OTLPLogExporter') })] });
  const inSpan = trace.setSpanContext(context.active(), { traceId: ids.traceId, spanId: ids.serverId, traceFlags: 1 });
  const logger = provider.getLogger('client logger', '3');
  logger.emit({ severityNumber: 17, severityText: 'ERROR', body: 'payment failed', attributes, context: inSpan, eventName: 'payment.failed' });
  logger.emit({ severityNumber: 9, severityText: 'INFO', body: { order: 7, items: ['a', { b: true }] }, attributes: { nested: { deep: ['x', 1] }, raw: new Uint8Array([0, 255, 16]) } });
  await provider.shutdown();
}

(async () => {
  const ids = await traces();
  await metrics();
  await logs(ids);
  process.stdout.write(JSON.stringify(ids));
  if (failures.length > 0) {
    process.stderr.write(failures.join('\n'));
    process.exitCode = 1;
  }
})();
