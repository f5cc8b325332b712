/* class_dump: the classes of segments, their tags and the rules that decide, for reading and
 * review. */
#include "cli/machine_dump.h"
#include "model/segment_class.h"

static const char *const class_meanings[CLASS_N] = {
    [CLASS_NONE] = "not told: nothing is known of the segment",
    [CLASS_ORIGINAL] = "data, for the first time",
    [CLASS_SYN] = "a SYN, for the first time",
    [CLASS_SYN_ACK] = "a SYN-ACK, for the first time",
    [CLASS_FIN] = "a FIN without data, for the first time",
    [CLASS_RST] = "a RST",
    [CLASS_ACK] = "a bare ACK; tags tell what is strange about it",
    [CLASS_WINDOW_UPDATE] = "acknowledges nothing new, only its window changed",
    [CLASS_DUPLICATE_ACK] = "tells that a segment came out of order",
    [CLASS_KEEP_ALIVE] = "asks whether the other end is still there",
    [CLASS_KEEP_ALIVE_ACK] = "the answer to a keep-alive",
    [CLASS_ZERO_WINDOW] = "closes the receive window",
    [CLASS_ZERO_WINDOW_PROBE] = "asks whether the window has opened",
    [CLASS_ZERO_WINDOW_PROBE_ACK] = "the answer to a window probe",
    [CLASS_CHALLENGE_ACK] = "the answer to a SYN or RST that could not be accepted",
    [CLASS_RTX_SYN] = "the SYN again",
    [CLASS_RTX_SYN_ACK] = "the SYN-ACK again",
    [CLASS_RTX_FAST] = "sent again because of duplicate ACKs",
    [CLASS_RTX_SACK] = "sent again in recovery: SACK blocks show the hole",
    [CLASS_RTX_RACK] = "sent again because what was sent after it has arrived",
    [CLASS_RTX_NEWRENO] = "sent again in recovery, after a partial ACK",
    [CLASS_RTX_GO_BACK_N] = "sent again behind a timeout: what was outstanding",
    [CLASS_RTX_TLP] = "sent again as a tail loss probe",
    [CLASS_RTX_TIMER] = "sent again by a tail loss probe, or by the timer",
    [CLASS_RTX_RTO] = "sent again by the retransmission timer",
    [CLASS_RTX_OTHER] = "sent again, and nothing in the capture tells why",
    [CLASS_RTX_UNNEEDED] = "sent again although it had arrived and was acknowledged",
    [CLASS_RTX_UNSEEN_ORIGINAL] = "sent again, and its first sending is not in the capture",
    [CLASS_REORDERED] = "sent once, and overtaken on the way",
    [CLASS_CAPTURE_REORDERED] = "the recorder wrote it in the wrong order",
    [CLASS_NETWORK_DUPLICATE] = "a copy that the network made",
    [CLASS_CAPTURE_DUPLICATE] = "a copy that the capture made",
    [CLASS_AMBIGUOUS] = "overtaken or sent again: nothing tells",
    [CLASS_NOT_ACCEPTED] = "damaged or outside the window: its receiver drops it",
};

static const char *const tag_meanings[TAG_N] = {
    [TAG_FIN] = "carries a FIN",
    [TAG_SPURIOUS] = "was not needed: the first sending had arrived",
    [TAG_PARTIAL] = "holds old bytes and new ones",
    [TAG_WINDOW_FULL] = "ends just where the window that it was given ends",
    [TAG_STALE_PROBE] = "looks like a keep-alive, while data is outstanding",
    [TAG_DSACK] = "tells that bytes arrived twice (RFC 2883)",
    [TAG_SACK] = "tells of bytes that arrived beyond a hole (RFC 2018)",
    [TAG_OLD_ACK] = "acknowledges less than was acknowledged before",
    [TAG_BEYOND] = "acknowledges what could not be sent",
    [TAG_UNSEEN] = "acknowledges bytes that the capture lacks",
    [TAG_REPEATED_ACK] = "says again what was said, and nothing is outstanding",
    [TAG_REORDERED] = "an acknowledgement that was overtaken",
    [TAG_LOST_AGAIN] = "sent at least the third time: a repeat was lost, too",
    [TAG_AFTER_GAP] = "bytes before it are missing from the capture so far",
    [TAG_RESEGMENTED] = "its boundaries are not those of the first sending",
    [TAG_COALESCED] = "has bytes of several first sendings",
    [TAG_SHRUNK] = "shorter than before: the way may take less (RFC 4821)",
    [TAG_MISSED] = "its first sending is not in the capture, but arrived",
    [TAG_COARSE] = "too much was outstanding to tell segments apart",
    [TAG_OTHER_BYTES] = "not the bytes that passed before under these numbers",
    [TAG_TLP_NEW_DATA] = "a tail loss probe with new bytes (RFC 8985)",
};

void class_dump(FILE *out)
{
    fputs("\nClasses: why a segment was sent, as --segments tells. What takes sequence\n"
          "numbers has its class from them, and a bare ACK from what it acknowledges.\n\n", out);
    for (unsigned id = CLASS_NONE + 1; id < CLASS_N; id++)
        fprintf(out, "%-22s %s\n", segment_class_name((enum segment_class)id),
                class_meanings[id]);
    fputs("\nTags: what else is to be told of a segment.\n\n", out);
    for (unsigned id = 0; id < TAG_N; id++)
        fprintf(out, "%-22s %s\n", segment_tag_name((enum segment_tag)id), tag_meanings[id]);
    fputs("\nReasons: the rules that decide a class (\"because\" in JSON).\n\n", out);
    for (unsigned id = 0; id < RULE_N; id++)
        fprintf(out, "%-22s %s\n      %s\n", segment_rules[id].id, segment_rules[id].section,
                segment_rules[id].words);
}
