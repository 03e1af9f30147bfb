// What Thunderbird's calendar shows after calendar messages: the body of a function that Marionette runs in its window.
// In: steps, each a list of messages in base64, and whose calendar it is. Out: for each step, what Thunderbird did with
// its messages ('REQUEST' is a new entry, 'REQUEST:UPDATE' a newer version of one), and the entries there are, by time.
const [steps, address, done] = arguments;
const modules = "resource:///modules";
const { cal } = ChromeUtils.importESModule(`${modules}/calendar/calUtils.sys.mjs`);
const { CalItipItem } = ChromeUtils.importESModule(`${modules}/CalItipItem.sys.mjs`);
const { MailServices } = ChromeUtils.importESModule(`${modules}/MailServices.sys.mjs`);

function makeCalendar() {
  const account = MailServices.accounts.createAccount();
  account.incomingServer = MailServices.accounts.createIncomingServer("nobody", "localhost", "none");
  const identity = MailServices.accounts.createIdentity();
  identity.email = address;
  account.addIdentity(identity);
  const calendar = cal.manager.createCalendar("memory", Services.io.newURI("moz-memory-calendar://"));
  calendar.name = "Mine";
  cal.manager.registerCalendar(calendar);
  calendar.setProperty("imip.identity.key", identity.key);
  return calendar;
}

// As the bar above a mail does when somebody presses 'Accept', 'Update' or 'Delete', but that it sends no reply.
async function receive(calendar, file) {
  const message = new CalItipItem();
  message.init(file);
  message.receivedMethod = file.match(/^METHOD:(\w+)/m)[1];
  message.targetCalendar = calendar;
  const action = await new Promise((resolve) =>
    cal.itip.processItipItem(message, (_message, _status, found) => resolve(found)),
  );
  if (!action) {
    return "nothing";
  }
  const answer = message.receivedMethod === "REQUEST" ? "ACCEPTED" : "";
  await new Promise((resolve, reject) => {
    const onOperationComplete = (_calendar, status) =>
      Components.isSuccessCode(status) ? resolve() : reject(new Error(`Status ${status}`));
    action({ onOperationComplete }, answer, { responseMode: Ci.calIItipItem.NONE });
  });
  return action.method;
}

async function entries(calendar) {
  const found = await calendar.getItemsAsArray(Ci.calICalendar.ITEM_FILTER_TYPE_EVENT, 0, null, null);
  return found
    .map((item) => ({
      uid: item.id,
      summary: item.title,
      location: item.getProperty("LOCATION") ?? "",
      attendee: item.getAttendees()[0].id.replace("mailto:", ""),
      starts_at: item.startDate.nativeTime / 1e6,
      ends_at: item.endDate.nativeTime / 1e6,
    }))
    .sort((one, other) => one.starts_at - other.starts_at);
}

function text(base64) {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
}

(async () => {
  const calendar = makeCalendar();
  const told = [];
  for (const messages of steps) {
    const did = [];
    for (const message of messages) {
      did.push(await receive(calendar, text(message)));
    }
    told.push({ did, shown: await entries(calendar) });
  }
  return told;
})().then(done, (fault) => done(`${fault}\n${fault.stack}`));
