import { Agent, request } from 'node:http';

/** One keep-alive connection to `url`, one request at a time: `send(method, path, { headers, body })`. */
export function keepAlive(url) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (method, path, { headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const outgoing = request(new URL(path, url), { method, agent, headers: { ...headers, ...length } }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: answer.statusCode, bytes: bytes.length, text: bytes.toString('utf8') });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return { send, close: () => agent.destroy() };
}

/** Like `send`, for an answer that has to be 200. */
export async function sendOk(connection, ...request) {
  const answer = await connection.send(...request);
  if (answer.status !== 200)
    throw new Error(`${request[0]} ${request[1]}: ${answer.status} ${answer.text.slice(0, 300)}`);
  return answer;
}
