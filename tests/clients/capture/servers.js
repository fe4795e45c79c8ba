// An app that knows nothing of the mesh: HTTP that tells what it saw, TCP where the server speaks first, and TLS.
//   servers.js NAME HTTP_PORT TCP_PORT [TLS_PORT CERTIFICATE_DIRECTORY]
const fs = require('fs');
const http = require('http');
const net = require('net');
const tls = require('tls');

const [name, httpPort, tcpPort, tlsPort, certificate] = process.argv.slice(2);

http.createServer((request, response) => {
  const mesh = Object.keys(request.headers).filter(h => h.startsWith('x-mesh-source')).length;
  response.end(`${name} ${request.method} ${request.url} host=${request.headers.host} trace=${'traceparent' in request.headers} mesh=${mesh} baggage=${request.headers.baggage}\n`);
}).listen(httpPort, () => console.log(`listening http http://127.0.0.1:${httpPort}`));

if (tlsPort) {
  tls.createServer({ cert: fs.readFileSync(`${certificate}/tls.crt`), key: fs.readFileSync(`${certificate}/tls.key`) }, socket => {
    socket.on('error', () => {});
    socket.end(`220 ${name} greets ${socket.servername}\n`);
  }).listen(tlsPort);
}

// Greets, then gives back what it gets until the client has finished, then says so: each direction ends on its own.
net.createServer({ allowHalfOpen: true }, socket => {
  socket.write(`220 ${name} greets\n`);
  socket.on('data', bytes => socket.write(bytes));
  socket.on('end', () => socket.end('221 bye\n'));
  socket.on('error', () => {});
}).listen(tcpPort, () => console.log(`listening tcp tcp://127.0.0.1:${tcpPort}`));
