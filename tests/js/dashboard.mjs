// A dashboard in a browser: the official client with the official WebSocket transport, whose messages are protobuf.
import * as official from "@pipecat-ai/client-js";
import { WavMediaManager, WebSocketTransport } from "@pipecat-ai/websocket-transport";
import { callbacksOf } from "./callbacks.mjs";

window.told = [];

const callbacks = callbacksOf(official, (name, data) => window.told.push([name, data]));

window.watch = async (wsUrl, token, enableMic = false) => {
  // The other media manager fetches code from its maker.
  const transport = new WebSocketTransport({ mediaManager: new WavMediaManager() });
  window.client = new official.PipecatClient({ transport, callbacks, enableMic, enableCam: false });
  return await client.connect({ wsUrl, token });
};

// The data of the first callback of that name that has come, or will come within 20 seconds.
window.until = async (name) => {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    const found = window.told.find(([event]) => event === name);
    if (found) return found[1] ?? null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no ${name} among ${JSON.stringify(window.told.map(([event]) => event))}`);
};
