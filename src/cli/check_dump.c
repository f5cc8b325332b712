/* check_dump: the table of checks, for reading and review. */
#include "cli/machine_dump.h"
#include "model/check.h"

static const char *const signs[] = {
    [SIGN_NONE] = "",       [SIGN_EQUAL] = "=",          [SIGN_AT_MOST] = "<=",
    [SIGN_AT_LEAST] = ">=", [SIGN_ONE_OF] = "is one of",
};

static const char *const numbers[] = {
    [NUMBER_OWN] = "own",
    [NUMBER_PEER] = "the other end's",
    [NUMBER_PLAIN] = "plain",
    [NUMBER_FLAGS] = "flags",
    [NUMBER_SUM] = "checksum",
};

static const char *const subjects[] = {
    [SUBJECT_SEQ] = "seq",
    [SUBJECT_ACK] = "ack",
    [SUBJECT_SEQ_AND_ACK] = "seq and ack",
};

static const char *const bases[] = {
    [BASE_ZERO] = "zero",
    [BASE_OWN_ISN] = "from its sender's ISN",
    [BASE_PEER_ISN] = "from the other end's ISN",
    [BASE_OWN_FIN] = "from its sender's FIN",
    [BASE_PEER_FIN] = "from the other end's FIN",
    [BASE_PREVIOUS_SEQ] = "from the seq before",
};

void check_dump(FILE *out)
{
    fputs("\nChecks: what must hold of a segment. How bad it is when one fails whose premises\n"
          "are observed or proved, what is compared (own: sequence numbers of the segment's\n"
          "sender), and what it means.\n\n",
          out);
    for (unsigned id = 0; id < CHECK_N; id++) {
        const struct check *check = &checks[id];
        fprintf(out, "%-24s  %-8s  %s\n", check->name, severity_name(check->severity),
                check->reference);
        if (check->subject != SUBJECT_SAID)
            fprintf(out, "      %s, %s\n", subjects[check->subject], bases[check->base]);
        for (unsigned i = 0; i < CHECK_SAYINGS && check->says[i].left != NULL; i++) {
            const struct check_saying *says = &check->says[i];
            fprintf(out, "      %s", says->left);
            if (says->sign != SIGN_NONE)
                fprintf(out, " %s %s", signs[says->sign], says->right);
            fprintf(out, " (%s)\n", numbers[says->number]);
        }
        fprintf(out, "      %s\n", check->meaning);
    }
}
