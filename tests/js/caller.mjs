// A page that calls the appliance as a browser does: the official Pipecat client with its Twilio serializer.
import { PipecatClient } from "@pipecat-ai/client-js";
import { TwilioSerializer, WavMediaManager, WebSocketTransport } from "@pipecat-ai/websocket-transport";

class Counting extends TwilioSerializer {
  audibleSamples = 0;
  sent = { messages: 0, keys: new Set(), bytes: new Set() };

  serializeAudio(data, rate, channels) {
    const message = super.serializeAudio(data, rate, channels);
    const parsed = JSON.parse(message);
    this.sent.messages += 1;
    this.sent.bytes.add(atob(parsed.media.payload).length);
    Object.keys(parsed).forEach((key) => this.sent.keys.add(key));
    return message;
  }

  async deserialize(data) {
    const read = await super.deserialize(data);
    if (read.type === "audio") this.audibleSamples += read.audio.filter((sample) => Math.abs(sample) > 1000).length;
    return read;
  }
}

// `twiml` is the voice webhook's answer. connect() never resolves with this serializer: nobody says bot-ready.
window.call = async (twiml, callSid) => {
  const document = new DOMParser().parseFromString(twiml, "text/xml");
  const parameter = document.querySelector("Parameter");
  const streamSid = "MZ" + callSid.slice(2);
  const serializer = new Counting();
  const transport = new WebSocketTransport({
    serializer,
    mediaManager: new WavMediaManager(256, 8000),
    recorderSampleRate: 8000,
    playerSampleRate: 8000,
  });
  const client = new PipecatClient({
    transport,
    enableMic: true,
    enableCam: false,
    callbacks: {
      onConnected: () => {
        transport.sendRawMessage({ event: "connected", protocol: "Call", version: "1.0.0" });
        transport.sendRawMessage({
          event: "start",
          streamSid,
          start: {
            streamSid,
            callSid,
            customParameters: { [parameter.getAttribute("name")]: parameter.getAttribute("value") },
            mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
          },
        });
      },
    },
  });
  await client.initDevices();
  client.connect({ wsUrl: document.querySelector("Stream").getAttribute("url") });
  window.hangUp = () => client.disconnect();
  window.report = () => ({
    audibleSamples: serializer.audibleSamples,
    messages: serializer.sent.messages,
    keys: [...serializer.sent.keys],
    payloadBytes: [...serializer.sent.bytes],
  });
};
