// An app that knows nothing of the mesh: HTTP that tells what it saw, and TCP where the server speaks first.
//   servers.js NAME HTTP_PORT TCP_PORT
const http = require('http');
const net = require('net');

const [name, httpPort, tcpPort] = process.argv.slice(2);

http.createServer((request, response) => {
  const mesh = Object.keys(request.headers).filter(h => h.startsWith('x-mesh-source')).length;
  response.end(`${name} ${request.method} ${request.url} host=${request.headers.host} trace=${'traceparent' in request.headers} mesh=${mesh} baggage=${request.headers.baggage}\n`);
}).listen(httpPort, () => console.log(`listening http http://127.0.0.1:${httpPort}`));

// Greets, then gives back what it gets until the client has finished, then says so: each direction ends on its own.
net.createServer({ allowHalfOpen: true }, socket => {
  socket.write(`220 ${name} greets\n`);
  socket.on('data', bytes => socket.write(bytes));
  socket.on('end', () => socket.end('221 bye\n'));
  socket.on('error', () => {});
}).listen(tcpPort, () => console.log(`listening tcp tcp://127.0.0.1:${tcpPort}`));
