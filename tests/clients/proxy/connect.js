// node connect.js PROXY_PORT HOST PORT CA_FILE: GET https://HOST:PORT/v1 by CONNECT through the proxy, with node's own client.
const fs = require('fs');
const http = require('http');
const https = require('https');
const tls = require('tls');

const [proxyPort, host, port, ca] = process.argv.slice(2);
http.request({ host: '127.0.0.1', port: Number(proxyPort), method: 'CONNECT', path: `${host}:${port}` })
  .on('connect', (answer, socket) => {
    if (answer.statusCode !== 200) {
      console.log(answer.statusCode);
      process.exit(1);
    }

    const secured = tls.connect({ socket, servername: host, ca: fs.readFileSync(ca) });
    const agent = new https.Agent();
    agent.createConnection = () => secured;
    https.get({ host, port, path: '/v1', agent }, response => {
      console.log(response.statusCode, response.headers['x-backend']);
      response.resume().on('end', () => secured.end());
    });
  })
  .end();
