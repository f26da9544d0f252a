// The page: a node in this tab. Everything about money is in payment.js, about files in sharing.js, about hits in finding.js.

import { Account, Api, Node, Store } from "../index.js";
import { at, element, trouble } from "./elements.js";
import { Finding } from "./finding.js";
import { Payment } from "./payment.js";
import { Sharing } from "./sharing.js";

// Each tab is a node of its own. The account is this browser's; a tab that asks for `?account=new` has one of its own.
const KEY = "datt.key";
const ownAccount = new URLSearchParams(location.search).get("account") === "new";
const keys = ownAccount ? sessionStorage : localStorage;

/** @returns {Promise<Account>} */
async function account() {
  const kept = keys.getItem(KEY);
  if (kept) {
    const known = new Account(new Api(location.origin, kept));
    try {
      await known.state();
      return known;
    } catch (fault) {
      if (/** @type {{ status?: number }} */ (fault).status !== 401) throw fault;
    }
  }
  const opened = await Account.open(location.origin, "A browser");
  keys.setItem(KEY, opened.api.apiKey ?? "");
  return opened;
}

async function begin() {
  const card = await new Api(location.origin).card();
  at("server").textContent = `${card.name}: contents ${card.coverage.records.toLocaleString()}, nodes online ${card.nodes.online}, `
    + (card.price ? `${card.price.amount} ${card.price.currency} a ${card.price.period}` : "free to search");
  const mine = await account();
  const node = new Node({ api: mine.api, store: new Store() });
  const show = () => {
    const online = node.signalling.isOpen && node.presence.by !== "nothing";
    at("state").dataset["state"] = online ? "online" : "away";
    at("state").textContent = online ? "Online" : "Connecting…";
  };
  node.signalling.onChange = show;
  node.presence.onChange = show;
  await node.start();
  show();

  const payment = new Payment(mine.api, () => showAccount(mine, node));
  new Sharing(node).listen();
  new Finding(node, mine.api, payment).listen();
  addEventListener("pagehide", () => { void node.stop(); });
  await showAccount(mine, node);
  document.body.dataset["ready"] = "yes";
}

/**
 * @param {Account} mine
 * @param {Node} node
 */
async function showAccount(mine, node) {
  const state = await mine.state();
  const until = state.subscription.paidUntil;
  const rows = [
    ["Subscription", state.subscription.state === "none" ? "none yet" : state.subscription.state],
    ["Paid until", until ? new Date(until).toLocaleDateString() : "–"],
    ["Balance", `${state.balance.amount} ${state.balance.currency}`],
    ["This node", node.nodeId],
    ["Account", state.accountId],
  ];
  at("account").replaceChildren(...rows.flatMap(([name, value]) => [element("dt", {}, name ?? ""), element("dd", {}, value ?? "")]));
}

begin().catch((fault) => {
  trouble(fault);
  at("state").dataset["state"] = "away";
  at("state").textContent = "Not connected. Reload to try again.";
});
