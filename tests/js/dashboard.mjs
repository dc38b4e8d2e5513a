// A dashboard in a browser: the official client with the official WebSocket transport, whose messages are protobuf.
import { PipecatClient } from "@pipecat-ai/client-js";
import { WebSocketTransport } from "@pipecat-ai/websocket-transport";

window.told = [];

const callbacks = new Proxy(
  {},
  { get: (_, name) => (typeof name === "string" && name.startsWith("on") ? (data) => window.told.push([name, data]) : undefined) },
);

window.watch = async (wsUrl, token, enableMic = false) => {
  window.client = new PipecatClient({ transport: new WebSocketTransport(), callbacks, enableMic, enableCam: false });
  return await client.connect({ wsUrl, token });
};

// The data of the first callback of that name that has come, or will come.
window.until = async (name) => {
  for (;;) {
    const found = window.told.find(([event]) => event === name);
    if (found) return found[1] ?? null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
