"""Loads a torrent with libtorrent, on loopback alone.

Takes one argument, a JSON object: the file "torrent", the "folder" to load into, "version2" (forget what only version 1
knows), "peersOnly" (forget the web seeds), "seedsOnly" (forget the tracker), and "seconds" to try. Prints a line of JSON
when everything is on the disk and the tracker has answered, or when the time is over; then seeds until its standard input ends.
"""
import json
import sys
import time

import libtorrent as lt

asked = json.loads(sys.argv[1])
with open(asked["torrent"], "rb") as file:
    metainfo = lt.bdecode(file.read())
if asked["version2"]:
    del metainfo[b"info"][b"files"], metainfo[b"info"][b"pieces"]
if asked["peersOnly"]:
    del metainfo[b"url-list"]
if asked["seedsOnly"]:
    del metainfo[b"announce"]

session = lt.session({
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "ssrf_mitigation": False,
    "allow_multiple_connections_per_ip": True,
    "alert_mask": lt.alert.category_t.error_notification | lt.alert.category_t.tracker_notification
    | lt.alert.category_t.status_notification | lt.alert.category_t.storage_notification,
})
torrent = lt.torrent_info(metainfo)
wanted = lt.add_torrent_params()
wanted.ti = torrent
wanted.save_path = asked["folder"]
handle = session.add_torrent(wanted)

answered = asked["seedsOnly"]
flushing = flushed = False
log = []
end = time.monotonic() + asked["seconds"]
while not (flushed and answered) and time.monotonic() < end:
    session.wait_for_alert(200)
    for alert in session.pop_alerts():
        answered = answered or isinstance(alert, lt.tracker_reply_alert)
        flushed = flushed or isinstance(alert, lt.cache_flushed_alert)
        log.append(alert.message())
    # A piece is hashed before it is in its file.
    if not flushing and handle.status().is_seeding:
        flushing = True
        handle.flush_cache()

print(json.dumps({
    "complete": flushed,
    "answered": answered,
    "version1": str(torrent.info_hashes().v1),
    "version2": str(torrent.info_hashes().v2),
    "log": log[-40:],
}), flush=True)
sys.stdin.read()
