// An official Pipecat client in Node with a small JSON transport, steered by lines of JSON.
//
// node watcher.mjs LIBRARY URL
//   in:  {"id": 1, "do": "sendText", "args": ["hello"]}: a method of the client's; or "handle": {"name", "result"}:
//        what a function that the client executes gives back
//   out: {"event": "onBotReady", "data": ...}, {"id": 1, "value": ...}, {"id": 1, "error": "..."}
import { createInterface } from "node:readline";
import WebSocket from "ws";
import { callbacksOf } from "./callbacks.mjs";

// Clients of protocol 1.0 look for a browser.
globalThis.window ??= globalThis;
// Standard output is for our lines alone.
console.log = console.info = console.debug = console.warn = () => {};

const [library, url] = process.argv.slice(2);
const loaded = await import(library);
const official = loaded.Transport ? loaded : loaded.default;
const Client = official.PipecatClient ?? official.RTVIClient;

const tell = (line) => process.stdout.write(JSON.stringify(line) + "\n");

class JsonTransport extends official.Transport {
  initialize(options, onMessage) {
    this._options = options;
    this._callbacks = options.callbacks ?? {};
    this._onMessage = onMessage;
    this.state = "disconnected";
  }

  async initDevices() {
    this.state = "initialized";
  }

  _validateConnectionParams(params) {
    return params;
  }

  // Clients before 1.0 call this one, later ones the next.
  async connect(...given) {
    return super.connect ? super.connect(...given) : this._connect();
  }

  async _connect() {
    this.state = "connecting";
    this._socket = new WebSocket(url);
    await new Promise((resolve, reject) => this._socket.once("open", resolve).once("error", reject));
    this._socket.on("message", (data, isBinary) => {
      tell({ wire: JSON.parse(data.toString()), isBinary });
      this._onMessage(JSON.parse(data.toString()));
    });
    this._socket.on("close", (code) => {
      tell({ closed: code });
      this.state = "disconnected";
      this._callbacks.onDisconnected?.();
    });
    this.state = "connected";
    this._callbacks.onConnected?.();
  }

  async disconnect() {
    return super.disconnect ? super.disconnect() : this._disconnect();
  }

  async _disconnect() {
    this.state = "disconnecting";
    this._socket?.close();
  }

  sendReadyMessage() {
    this.state = "ready";
    this.sendMessage(official.RTVIMessage.clientReady());
  }

  sendMessage(message) {
    this._socket.send(JSON.stringify(message));
  }

  get state() {
    return this._state;
  }

  set state(state) {
    this._state = state;
    this._callbacks?.onTransportStateChanged?.(state);
  }

  tracks() {
    return { local: {} };
  }

  enableMic() {}
  enableCam() {}
  enableScreenShare() {}
  updateMic() {}
  updateCam() {}
  updateSpeaker() {}

  get isMicEnabled() {
    return false;
  }

  get isCamEnabled() {
    return false;
  }

  get isSharingScreen() {
    return false;
  }

  get selectedMic() {
    return {};
  }

  get selectedCam() {
    return {};
  }

  get selectedSpeaker() {
    return {};
  }

  async getAllMics() {
    return [];
  }

  async getAllCams() {
    return [];
  }

  async getAllSpeakers() {
    return [];
  }
}

const callbacks = callbacksOf(official, (event, data) => tell({ event, data }));

const client = new Client({ transport: new JsonTransport(), callbacks, enableMic: false, params: { endpoints: { connect: null } } });

const methods = {
  connect: () => client.connect({}),
  handle: (name, result) => client.registerFunctionCallHandler(name, async (called) => (tell({ called }), result)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: name, args = [] } = JSON.parse(line);
  Promise.resolve()
    .then(() => (methods[name] ?? client[name].bind(client))(...args))
    .then(
      (value) => tell({ id, value }),
      (error) => tell({ id, error: error?.data?.error ?? error?.message ?? JSON.stringify(error) }),
    );
}
process.exit(0);
