// Everything that pages need.

export { Account } from "./account.js";
export { Announcement } from "./announcement.js";
export { Api, ApiProblem } from "./api.js";
export { Calls } from "./calls.js";
export { Channel, ChannelClosed } from "./channel.js";
export { candidates, fetchContent, NoHolder, readEndpoint } from "./fetch.js";
export { contentIdOf, Sha256 } from "./hash.js";
export { NotDelivered } from "./intake.js";
export { Node } from "./node.js";
export { Presence } from "./presence.js";
export { Search } from "./search.js";
export { Signalling, SignallingRefused } from "./signalling.js";
export { Store, StoreFull } from "./store.js";
export { Subscription } from "./subscription.js";
