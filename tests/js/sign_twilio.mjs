// Signs requests with Twilio's own JavaScript package, as an independent judge of the appliance's check.
// Standard input: a JSON list of {token, url, params}; standard output: a JSON list of signatures.
import { readFileSync } from "node:fs";
import twilio from "twilio";

const requests = JSON.parse(readFileSync(0, "utf8"));
const signatures = requests.map(({ token, url, params }) =>
  twilio.getExpectedTwilioSignature(token, url, params),
);
process.stdout.write(JSON.stringify(signatures));
