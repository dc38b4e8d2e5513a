// One RTVI socket: the handshake, the running number, what is said, and coming back after a loss.

const RETRY_MS = [300, 1000, 2000, 5000, 10000];
const ENDED = 1000;
const TOO_SLOW = 1013;

let requests = 0;

function message(type, data) {
  requests += 1;
  return JSON.stringify({ label: "rtvi-ai", type, id: `page-${requests}`, data });
}

export class Connection {
  // onMessage(message) gets each message; onState(state) one of connecting, live, lost, ended, signed-out.
  constructor(path, { onMessage, onState }) {
    this.path = path;
    this.onMessage = onMessage;
    this.onState = onState;
    this.last = null;
    this.tries = 0;
    this.closed = false;
    this.open();
  }

  open() {
    this.onState("connecting");
    const address = new URL(this.path, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (this.last !== null) address.searchParams.set("after", this.last);
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onopen = () => {
      const about = { library: "appliance-page" };
      socket.send(message("client-ready", { version: "2.1.0", about }));
    };
    socket.onmessage = (event) => this.take(JSON.parse(event.data));
    socket.onclose = (event) => this.lose(event.code);
  }

  say(type, data) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(message(type, data));
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket.close(ENDED);
  }

  take(received) {
    if (this.closed || received.label !== "rtvi-ai") return;
    if (received.type === "bot-ready") {
      this.tries = 0;
      this.onState("live");
    } else if (received.seq !== undefined) {
      this.last = received.seq;
    }
    this.onMessage(received);
  }

  async lose(code) {
    if (this.closed) return;
    if (code === ENDED) {
      this.onState("ended");
      return;
    }
    // Who was too slow for the events gets the whole picture, not the same events again.
    if (code === TOO_SLOW) this.last = null;
    this.onState("lost");
    if (await signedOut()) {
      this.onState("signed-out");
      return;
    }
    const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
    this.tries += 1;
    if (!this.closed) this.timer = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
  }
}

async function signedOut() {
  try {
    return (await fetch("/", { method: "HEAD" })).status === 401;
  } catch {
    return false; // The appliance cannot be reached: that is no reason to give up.
  }
}
