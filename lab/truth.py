"""What the kernels said: the events of a run, put together to the lives of its connections.

A life is one end of one connection, and the states it went through. The events are lines of
JSON, times in nanoseconds of the captures' clock:

    meta      the first line: addresses of client and server
    state     a socket went from `old` to `new`
    reqsk     a request socket began (`start`) or ended (`cancelled`): SYN_RCVD before the third
              ACK, when there is no socket of the connection's own yet
    send_reset, receive_reset   a RST left or arrived
    timewait  a TIME_WAIT object began (`start`), changed (`changed`) or ended (`cancelled`)

An event that was only seen afterwards, by looking, says in `since` when it may have happened
first.

Linux shows some states in its own way. The socket of a connection in TIME_WAIT is closed at
once, and a small object takes its place. The same happens to a connection in FIN_WAIT_2 whose
program has closed; the object is then marked FIN_WAIT2, and becomes TIME_WAIT without an event.
A socket that connects tells its own addresses only with its second event: with the first one the
port may still be 0, or all may be those of a connection before. The timer of a request socket ends
and starts again each time that the SYN-ACK is repeated.
"""
import dataclasses
import gzip
import json

NAMES = {"SYN_SENT": "SYN_SENT", "SYN_RECV": "SYN_RCVD", "ESTABLISHED": "ESTABLISHED",
         "FIN_WAIT1": "FIN_WAIT_1", "FIN_WAIT2": "FIN_WAIT_2", "CLOSING": "CLOSING",
         "TIME_WAIT": "TIME_WAIT", "CLOSE_WAIT": "CLOSE_WAIT", "LAST_ACK": "LAST_ACK",
         "CLOSE": "CLOSED"}
# The TIME_WAIT object and the end of its socket are two events of one step.
ONE_STEP = 200_000_000
AT_ONCE = 1_000_000             # a RST ends a connection without delay


@dataclasses.dataclass
class Life:
    """One end of one connection."""
    side: str
    local: str                  # address:port; "" until the kernel told it
    peer: str
    begin: int
    entered: list = dataclasses.field(default_factory=list)     # (time, state)
    substate: str = ""          # of the TIME_WAIT object: FIN_WAIT2 or TIME_WAIT
    request: bool = False       # a request socket, no socket of its own yet
    isn: int = None             # of the request socket
    named: bool = True          # its addresses are certain
    earliest: dict = dataclasses.field(default_factory=dict)    # state -> time, see first_at
    maybe: set = dataclasses.field(default_factory=set)     # states that it may have been in
    confirmed: bool = False     # closed in LAST_ACK or CLOSING by an acknowledgement

    @property
    def state(self):
        return self.entered[-1][1] if self.entered else None

    @property
    def end(self):
        return self.entered[-1][0] if self.state in ("CLOSED", "LISTEN") else None

    @property
    def states(self):
        return [state for _, state in self.entered]

    def enter(self, time, state, since=None):
        if state != self.state:
            self.entered.append((time, state))
            self.earliest[state] = since or time

    def first_at(self, time, state):
        """When the end may have entered this state, of which `entered` says time."""
        return min(time, self.earliest.get(state, time))


class Lives:
    """Reads events in the order of their times."""

    def __init__(self):
        self.meta = {}
        self.all = []
        self._sockets = {}      # (side, sk): the life of this socket
        self._newest = {}       # (side, local, peer): the newest life there
        self._resets = {}       # (side, local, peer): time of the newest RST

    def read(self, event):
        kind = event["ev"]
        if kind == "meta":
            self.meta = event
        elif kind == "state":
            self._read_state(event)
        elif kind == "reqsk":
            self._read_request(event)
        elif kind == "timewait":
            self._read_timewait(event)
        elif kind in ("send_reset", "receive_reset"):
            self._resets[event["side"], event["local"], event["peer"]] = event["t"]

    def _begin(self, event, named=True):
        life = Life(event["side"], "", event["peer"], event["t"], named=False)
        self.all.append(life)
        self._name(life, event, named)
        return life

    def _name(self, life, event, named=True):
        if not life.named and not event["local"].endswith(":0"):
            life.local, life.peer, life.named = event["local"], event["peer"], named
            if named:
                self._replace(life)

    def _replace(self, life):
        """A pair of ports has one life at a time: with the next one TIME_WAIT is over."""
        place = life.side, life.local, life.peer
        before = self._newest.get(place)
        if before is not None and before is not life and before.substate:
            before.enter(max(life.begin, before.entered[-1][0]), "CLOSED")
        self._newest[place] = life

    def _at(self, event):
        return self._newest.get((event["side"], event["local"], event["peer"]))

    def _failed_at_once(self, life, event):
        """Whether connect() sent nothing, because the connection before on its ports still lives."""
        before = self._at(event)
        return event["new"] == "CLOSE" and event["t"] - life.begin < AT_ONCE and \
            before not in (None, life) and before.end is None

    def _read_state(self, event):
        old, new, time = event["old"], event["new"], event["t"]
        place = event["side"], event["sk"]
        if "LISTEN" == new or ("LISTEN" == old and new == "CLOSE"):
            return
        if new == "SYN_SENT":
            life = self._sockets[place] = self._begin(event, named=False)
        elif old == "LISTEN":
            request = self._at(event)
            waiting = request is not None and request.request and request.end is None
            life = self._sockets[place] = request if waiting else self._begin(event)
            life.request = False
        else:
            life = self._sockets.get(place)
            if life is None:    # older than the record
                life = self._sockets[place] = self._begin(event)
                life.enter(time, NAMES[old])
        if old == "SYN_SENT" and self._failed_at_once(life, event):
            self.all.remove(life)
            del self._sockets[place]
            return
        if new != "SYN_SENT":
            self._name(life, event)
        if new != "CLOSE":
            life.enter(time, NAMES[new])
            return
        del self._sockets[place]
        reset = self._resets.get((life.side, life.local, life.peer), 0)
        # Some records tell the numbers; without them, a RST is the other way out of these states.
        life.confirmed = old in ("LAST_ACK", "CLOSING") and time - reset > AT_ONCE and \
            event.get("snd_una", 0) == event.get("snd_nxt", 0)
        if life.substate:
            return
        if old == "FIN_WAIT2" and time - reset > AT_ONCE:
            life.enter(time, "TIME_WAIT")
            life.maybe.add("TIME_WAIT")     # unless a TIME_WAIT object is seen, see below
        life.enter(time, "CLOSED")

    def _read_request(self, event):
        life = self._at(event)
        if event["what"] == "start":
            isn = event.get("snt_isn")
            if life is not None and life.request and life.state == "LISTEN" and life.isn == isn:
                life.entered.pop()
            elif life is None or life.end is not None or life.substate:
                life = self._begin(event)
                life.request, life.isn = True, isn
            if life.request:    # otherwise its socket came first
                life.enter(event["t"], "SYN_RCVD", event.get("since"))
        elif event["what"] == "cancelled" and life is not None and life.request:
            # RFC 9293 section 3.10.7.4 lets a passive open go back to LISTEN.
            life.enter(event["t"], "LISTEN", event.get("since"))

    def _read_timewait(self, event):
        life, time = self._at(event), event["t"]
        # On a busy machine a look may come late: what it finds is as old as the look before.
        earliest = event.get("since", time)
        if life is None or life.end is not None and earliest - life.end >= ONE_STEP:
            return
        if event["what"] == "start":
            if life.maybe and life.state == "CLOSED":
                life.maybe.clear()
                del life.entered[-2]
            closed = life.state == "CLOSED"
            if life.states[-2 if closed else -1] not in ("FIN_WAIT_1", "FIN_WAIT_2", "CLOSING"):
                return
            if closed:
                time, _ = life.entered.pop()
            life.substate = event["substate"]
        if life.substate and event["substate"] == "TIME_WAIT":
            life.enter(time, "TIME_WAIT", event.get("since"))
        if life.substate and event["what"] == "cancelled":
            life.enter(time, "CLOSED", event.get("since"))

    def settle(self):
        """Tells TIME_WAIT of the ends that were in FIN_WAIT_2 without a program: there is no
        event, but the other kernel had its FIN acknowledged, and only TIME_WAIT does that."""
        for life in self.all:
            if life.substate != "FIN_WAIT2" or "TIME_WAIT" in life.states:
                continue
            # A look would have shown it, unless it lasted less than from one look to the next.
            if "looks" in self.meta and life.end is None:
                continue
            for other in self.all:
                if (other.local, other.peer) == (life.peer, life.local) and other.confirmed and \
                        other.begin <= life.entered[-1][0] and other.end >= life.begin:
                    # Not before the other end sent its FIN; when exactly, nobody told.
                    place = len(life.entered) - (life.state == "CLOSED")
                    time = max(other.entered[-2][0], life.entered[place - 1][0])
                    life.entered.insert(place, (time, "TIME_WAIT"))
                    break


def open_either(path):
    """Opens a file for reading bytes, packed or not."""
    try:
        return open(path, "rb")
    except FileNotFoundError:
        return gzip.open(path + ".gz", "rb")


def read_lives(path):
    lives = Lives()
    with open_either(path) as lines:
        for line in lines:
            lives.read(json.loads(line))
    lives.settle()
    return lives
