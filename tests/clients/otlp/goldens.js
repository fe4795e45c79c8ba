// Prints what OpenTelemetry's own JavaScript serializers make of one set of telemetry with every kind of value:
// {"traces": {"protobuf": base64, "json": text}, "metrics": …, "logs": …}
'use strict';
const { TraceFlags, SpanKind, SpanStatusCode, trace, context, ROOT_CONTEXT, createTraceState } = require('@opentelemetry/api');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { MeterProvider, MetricReader, AggregationType, AggregationTemporality } = require('@opentelemetry/sdk-metrics');
const { LoggerProvider, InMemoryLogRecordExporter, SimpleLogRecordProcessor } = require('@opentelemetry/sdk-logs');
const transformer = require('@opentelemetry/otlp-transformer');

const resource = resourceFromAttributes({
  'service.name': 'checkout', 'service.version': 'v2', 'service.instance.id': 'checkout-1', 'process.pid': 4711, 'host.up': true,
});
const attributes = {
  text: 'Grüße, 世界 🌍 "quoted" \\ \n', empty: '', int: -42, big: 9007199254740991, double: 0.25, negative: -1.5e-9, yes: true, no: false,
  texts: ['a', '', 'ü'], ints: [1, -2, 300], doubles: [0.5, 1e-300], bools: [true, false],
};
const start = [1700000000, 123456789];
const end = [1700000001, 123456790];
const parent = {
  traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: TraceFlags.SAMPLED, isRemote: true,
  traceState: createTraceState('vendor=value,ot=th:8'),
};

function traces() {
  const exporter = new InMemorySpanExporter();
  let next = 0x1000;
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    idGenerator: { generateTraceId: () => '4bf92f3577b34da6a3ce929d0e0e4736', generateSpanId: () => (next++).toString(16).padStart(16, '0') },
  });
  const tracer = provider.getTracer('scope one', '1.2.3', { schemaUrl: 'https://opentelemetry.io/schemas/1.30.0' });
  const remote = trace.setSpanContext(ROOT_CONTEXT, parent);
  const server = tracer.startSpan('GET /cart/{id}', {
    kind: SpanKind.SERVER, startTime: start, attributes,
    links: [{ context: { ...parent, spanId: '00f067aa0ba902b7' }, attributes: { 'link.kind': 'batch' } }],
  }, remote);
  server.addEvent('exception', { 'exception.type': 'TimeoutError', 'exception.escaped': false }, [1700000000, 500000000]);
  server.addEvent('retry', {}, [1700000000, 600000000]);
  server.setStatus({ code: SpanStatusCode.ERROR, message: 'gave up' });
  server.end(end);
  const client = provider.getTracer('scope two').startSpan('call', { kind: SpanKind.CLIENT, startTime: start }, trace.setSpan(context.active(), server));
  client.setStatus({ code: SpanStatusCode.OK });
  client.end(start);
  tracer.startSpan('root', { root: true, startTime: start, kind: SpanKind.INTERNAL }).end(end);
  return { input: exporter.getFinishedSpans(), serializers: [transformer.ProtobufTraceSerializer, transformer.JsonTraceSerializer] };
}

class ManualReader extends MetricReader {
  onForceFlush() { return Promise.resolve(); }
  onShutdown() { return Promise.resolve(); }
}

async function metrics() {
  const reader = new ManualReader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  const provider = new MeterProvider({
    resource,
    readers: [reader],
    views: [{ instrumentName: 'latency.exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter('meter', '0.9');
  const counter = meter.createCounter('requests', { description: 'Requests taken', unit: '{request}', valueType: 0 });
  counter.add(3, { route: '/cart' });
  counter.add(2, { route: '/pay', code: 500 });
  meter.createUpDownCounter('queue', { unit: '1' }).add(-7);
  meter.createObservableGauge('load').addCallback((result) => result.observe(0.75, { core: 0 }));
  const histogram = meter.createHistogram('latency', { unit: 's', advice: { explicitBucketBoundaries: [0.005, 0.1, 1] } });
  const exponential = meter.createHistogram('latency.exponential', { unit: 's' });
  for (const value of [0.001, 0.02, 0.5, 0.5, 4]) {
    histogram.record(value, { method: 'GET' });
    exponential.record(value, { method: 'GET' });
  }
  exponential.record(0, { method: 'GET' });
  const { resourceMetrics } = await reader.collect();
  return { input: resourceMetrics, serializers: [transformer.ProtobufMetricsSerializer, transformer.JsonMetricsSerializer] };
}

function logs() {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger('logger', '3');
  const inSpan = trace.setSpanContext(ROOT_CONTEXT, parent);
  logger.emit({ timestamp: start, observedTimestamp: end, severityNumber: 17, severityText: 'ERROR', body: 'payment failed', attributes, context: inSpan, eventName: 'payment.failed' });
  logger.emit({ timestamp: start, observedTimestamp: end, severityNumber: 9, body: { order: 7, items: ['a', { b: true }], total: 1.5 }, attributes: { nested: { deep: ['x', 1] }, raw: new Uint8Array([0, 255, 16]) } });
  logger.emit({ timestamp: start, observedTimestamp: end, body: 12 });
  logger.emit({ timestamp: start, observedTimestamp: end });
  return { input: exporter.getFinishedLogRecords(), serializers: [transformer.ProtobufLogsSerializer, transformer.JsonLogsSerializer] };
}

function serialize({ input, serializers: [protobuf, json] }) {
  return { protobuf: Buffer.from(protobuf.serializeRequest(input)).toString('base64'), json: Buffer.from(json.serializeRequest(input)).toString('utf8') };
}

(async () => {
  const answer = { traces: serialize(traces()), metrics: serialize(await metrics()), logs: serialize(logs()) };
  process.stdout.write(JSON.stringify(answer));
})();
