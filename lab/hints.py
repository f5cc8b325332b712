"""Whether a capture shows at all that a repeat was needless.

The kernels know of every needless repeat. A capture may hold nothing that tells: without SACK and
timestamps the second copy of bytes looks like the only one. What tells is

    an acknowledgement of its bytes, or a SACK block, that passed before it
    a D-SACK of its bytes behind it (RFC 2883)
    the first acknowledgement of it, when it echoes an older timestamp (RFC 3522) and nothing before
    it was missing: a delayed one echoes the first of what it acknowledges (RFC 7323 section 4.3)
    an acknowledgement of it that came too soon: within half of the shortest time in which the
    other end answered here
"""
import collections

import frames as wire
import headers


def is_d_sack(header):
    """RFC 2883 section 4: the first block is acknowledged, or lies in the second one."""
    if not header.sacks:
        return False
    begin, end = header.sacks[0]
    if headers.ahead(header.ack, end) >= 0:
        return True
    return len(header.sacks) > 1 and headers.ahead(begin, header.sacks[1][0]) >= 0 and \
        headers.ahead(header.sacks[1][1], end) >= 0


def covers(answer, header):
    """Whether an answer acknowledges all of a segment, or reports it as received."""
    if headers.ahead(answer.ack, header.end) >= 0:
        return True
    blocks = answer.sacks[1:] if is_d_sack(answer) else answer.sacks
    return any(headers.ahead(header.seq, begin) >= 0 and headers.ahead(end, header.end) >= 0
               for begin, end in blocks)


def doubles(answer, header):
    """Whether an answer tells that bytes of the segment came twice."""
    if not is_d_sack(answer):
        return False
    begin, end = answer.sacks[0]
    return headers.ahead(end, header.seq) > 0 and headers.ahead(header.end, begin) > 0


class Hints:
    """Asks one capture."""

    def __init__(self, captured):
        self._by_number = {header.number: header for header in captured}
        self._flows = collections.defaultdict(list)
        for header in captured:
            self._flows[header.source, header.target].append(header)
        self._soonest = {}

    def shows_repeat(self, number):
        """Whether these bytes, or some behind them, had passed here before: of a repeat whose
        first sending was lost on the way here nothing else shows that it is one."""
        header = self._by_number.get(number)
        return header is not None and any(
            one.number < number and one.span > 0 and headers.ahead(one.end, header.seq) > 0
            for one in self._flows[header.source, header.target])

    def _answers(self, header):
        return [one for one in self._flows[header.target, header.source]
                if one.flags & wire.ACK and not one.flags & wire.RST]

    def _time(self, header):
        """The shortest time in which the other end answered a segment of this direction."""
        flow = header.source, header.target
        if flow not in self._soonest:
            answers, at, times, high = self._answers(header), 0, [], None
            for one in self._flows[flow]:
                if one.span == 0 or high is not None and headers.ahead(one.seq, high) < 0:
                    continue
                high = one.end
                while at < len(answers) and (answers[at].number < one.number or
                                             headers.ahead(answers[at].ack, one.end) < 0):
                    at += 1
                if at < len(answers):
                    times.append(answers[at].time - one.time)
            self._soonest[flow] = min(times, default=0)
        return self._soonest[flow]

    def tell(self, number):
        """What gives a needless repeat away: acked, D-SACK, timestamp, soon, or None."""
        header = self._by_number.get(number)
        if header is None:
            return None
        behind, acked = [], None
        for answer in self._answers(header):
            if answer.number > number:
                behind.append(answer)
            elif covers(answer, header):
                return "acked"
            elif acked is None or headers.ahead(answer.ack, acked) > 0:
                acked = answer.ack
        if any(doubles(answer, header) for answer in behind):
            return "D-SACK"
        for first in behind:
            if covers(first, header):
                break
            acked = first.ack if acked is None else acked
            acked = first.ack if headers.ahead(first.ack, acked) > 0 else acked
        else:
            return None
        foremost = acked is None or headers.ahead(header.seq, acked) <= 0
        if foremost and header.stamp is not None and first.echo is not None and \
                headers.ahead(first.echo, header.stamp) < 0:
            return "timestamp"
        return "soon" if first.time - header.time < self._time(header) / 2 else None
